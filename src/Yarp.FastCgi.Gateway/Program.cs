using Yarp.FastCgi.Gateway;

return await GatewayProgram.RunAsync(args, Console.Out, Console.Error, ownsProcess: true);
