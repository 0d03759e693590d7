using Yarp.FastCgi.Bench;

return await BenchCommand.Create().Parse(args).InvokeAsync();
