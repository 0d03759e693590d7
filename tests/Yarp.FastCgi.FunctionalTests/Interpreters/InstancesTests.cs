using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Interpreters;

/// <summary>How many processes a program has.</summary>
public class InstancesTests
{
    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Instances_Several_ServeAtTheSameTime()
    {
        await using var site = await InterpreterSite.StartAsync(members: """ "Instances": 3, "Start": "eager" """);

        var answers = await AskTogetherAsync(site, 3);

        Assert.Equal(3, answers.Distinct().Count());
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task MinInstances_Crowd_AddsProcessesAndIdlenessRemovesThem()
    {
        await using var site = await InterpreterSite.StartAsync(members: """ "Instances": 3, "MinInstances": 1, "IdleTimeout": "00:00:00.3" """);
        var (first, _) = await site.AskWithIdAsync("a");

        var answers = await AskTogetherAsync(site, 3);

        Assert.Equal(3, answers.Distinct().Count());
        Assert.Contains(first, answers);
        await Eventually.UntilAsync(() => Stopped(site, "IdleTimeout") == 2, "the added processes to be stopped");
        Assert.Equal(first, (await site.AskWithIdAsync("b")).Id);
    }

    [RequiresProgramTheory(ExternalProgram.Interpreters)]
    [InlineData(InterpreterProgram.Python)]
    [InlineData(InterpreterProgram.PhpCgi)]
    public async Task MinInstances_Zero_StopsItWhenIdleAndStartsItAgain(string program)
    {
        await using var site = await InterpreterSite.StartAsync(program, """ "MinInstances": 0, "IdleTimeout": "00:00:00.2" """);
        var (first, _) = await site.AskWithIdAsync("a");
        await Eventually.UntilAsync(() => Stopped(site, "IdleTimeout") == 1, "the program to be stopped");
        await ProcessGroups.WaitForEndAsync(site.Started[0]);

        Assert.NotEqual(first, (await site.AskWithIdAsync("b")).Id);
    }

    [RequiresProgramTheory(ExternalProgram.Interpreters)]
    [InlineData(InterpreterProgram.Python, 1)]
    [InlineData(InterpreterProgram.Python, 2)]
    [InlineData(InterpreterProgram.PhpCgi, 1)]
    public async Task MaxRequests_UnderLoad_ExchangesProcessesAndNoRequestFails(string program, int instances)
    {
        await using var site = await InterpreterSite.StartAsync(program, $""" "MaxRequests": 20, "Instances": {instances} """);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async client =>
        {
            for (var i = 0; i < 40; i++)
            {
                Assert.Equal($"{client}-{i}", await site.AskAsync($"{client}-{i}"));
            }
        }));

        await Eventually.UntilAsync(() => Stopped(site, "MaxRequests 20") >= 2, $"processes to be exchanged: {site.Proxy.Logs}");
        Assert.Equal(160, site.Program.Executed.Distinct().Count());
        Assert.Equal(160, site.Program.Executed.Count);
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Metrics_OfAnInterpreter_TellItsProcessesUptimeAndRestarts()
    {
        await using var site = await InterpreterSite.StartAsync();
        var values = new Dictionary<string, double>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => Enable(instrument, listener, site) };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();

        await site.AskAsync("a");
        await site.WaitForStartAsync(1);
        listener.RecordObservableInstruments();
        Assert.Equal(1, values["fastcgi.interpreter.instances"]);
        Assert.True(values["fastcgi.interpreter.uptime"] >= 0);
        ProcessGroups.Kill(site.Started[0]);
        await ProcessGroups.WaitForEndAsync(site.Started[0]);
        await site.AskAsync("b");
        await site.WaitForStartAsync(2);

        Assert.Equal(1, values["fastcgi.interpreter.restarts"]);

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            Assert.Equal([new("fastcgi.address", site.Program.Address)], tags.ToArray());
            lock (values)
            {
                values[instrument.Name] = value;
            }
        }
    }

    private static void Enable(Instrument instrument, MeterListener listener, InterpreterSite site)
    {
        if (instrument.Meter.Scope == site.Proxy.Services.GetRequiredService<IMeterFactory>() && instrument.Name.StartsWith("fastcgi.interpreter.", StringComparison.Ordinal))
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }

    private static int Stopped(InterpreterSite site, string reason)
        => site.Proxy.Logs.Entries.Count(entry => entry.EventId.Name == "InterpreterStopped" && entry.Message.Contains(reason, StringComparison.Ordinal));

    // Each request waits until all are in work.
    private static async Task<IReadOnlyList<int>> AskTogetherAsync(InterpreterSite site, int count)
    {
        var file = site.Program.Directory.Combine("all");
        var known = site.Program.Executed.Count;
        var asked = Enumerable.Range(0, count).Select(_ => site.AskWithIdAsync($"wait={file}")).ToArray();
        await Eventually.UntilAsync(() => site.Program.Executed.Count == known + count, $"{count} requests to be in work");
        await File.WriteAllTextAsync(file, "");
        return [.. (await Task.WhenAll(asked).WithinAsync("the answers")).Select(answer => answer.Id)];
    }
}
