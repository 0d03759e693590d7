using System.Reflection;
using Yarp.FastCgi.Fuzz;
using Yarp.FastCgi.Fuzz.CommandLine;
using Yarp.FastCgi.Fuzz.Coverage;

// Either this program, or itself a second time with the code under test instrumented.
return new FuzzCommand(options => options.Coverage && options.Input is null ? RunInstrumented(args) : FuzzSession.Run(options, Console.Out)).Parse(args).Invoke();

static int RunInstrumented(string[] args)
{
    EdgeCoverage.Allocate();
    var program = new InstrumentedAssemblies().LoadFromAssemblyName(Assembly.GetExecutingAssembly().GetName());
    var run = program.GetType(typeof(FuzzSession).FullName!)!.GetMethod(nameof(FuzzSession.RunInstrumented))!;
    return (int)run.Invoke(null, [args])!;
}
