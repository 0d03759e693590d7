using System.CommandLine;
using Yarp.FastCgi.Reliability.Balance;
using Yarp.FastCgi.Reliability.Fairness;
using Yarp.FastCgi.Reliability.SlowReaders;

var root = new RootCommand("Measures what docs/reliability.md states about Yarp.FastCgi under load, with slow peers and beside other clients.")
{
    BalanceCommand.Create(),
    FairnessCommand.Create(),
    SlowReadersCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
