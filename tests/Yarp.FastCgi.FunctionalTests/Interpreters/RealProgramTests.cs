using System.Collections.Concurrent;
using System.Net;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Interpreters;

/// <summary>Programs as distributions have them, run by the gateway.</summary>
public class RealProgramTests
{
    [RequiresProgramTheory(ExternalProgram.Interpreters)]
    [MemberData(nameof(InterpreterProgram.All), MemberType = typeof(InterpreterProgram))]
    public async Task Request_ProgramNotStarted_StartsItAndIsServed(string program)
    {
        await using var site = await InterpreterSite.StartAsync(program);
        Assert.Empty(site.Started);

        Assert.Equal("hello", await site.AskAsync("hello"));
        Assert.Equal("again", await site.AskAsync("again"));
        await site.WaitForStartAsync(1);

        Assert.Single(site.Started);
        Assert.Equal(["hello", "again"], site.Program.Executed);
    }

    [RequiresProgramTheory(ExternalProgram.Interpreters)]
    [MemberData(nameof(InterpreterProgram.All), MemberType = typeof(InterpreterProgram))]
    public async Task Stop_OfTheGateway_LeavesNoProcess(string program)
    {
        int group;
        await using (var site = await InterpreterSite.StartAsync(program, """ "StopTimeout": "00:00:01" """))
        {
            group = ProcessGroups.Of((await site.AskWithIdAsync("hello")).Id);
            Assert.NotEmpty(ProcessGroups.Running(group));
        }

        await ProcessGroups.WaitForEndAsync(group);
    }

    [RequiresProgramTheory(ExternalProgram.Interpreters)]
    [MemberData(nameof(InterpreterProgram.All), MemberType = typeof(InterpreterProgram))]
    public async Task Kill_UnderLoad_ServiceResumesAndNothingIsExecutedTwice(string program)
    {
        const int Kills = 3;
        await using var site = await InterpreterSite.StartAsync(program, clusterFastCgi: """ "MaxConnections": 16 """);
        await site.AskAsync("first");
        await site.WaitForStartAsync(1);
        var answers = new ConcurrentQueue<(string Id, HttpStatusCode Status)>();
        var signal = new StateSignal();
        var isFinished = false;
        var cut = 0;
        var clients = Enumerable.Range(0, 4).Select(AskUntilFinishedAsync).ToArray();

        for (var kill = 1; kill <= Kills; kill++)
        {
            await WaitForAnswersAsync();
            var group = site.Started[^1];
            ProcessGroups.Kill(group);
            await site.WaitForStartAsync(kill + 1);
            await ProcessGroups.WaitForEndAsync(group);
            await WaitForAnswersAsync();
        }

        Volatile.Write(ref isFinished, true);
        await Task.WhenAll(clients).WithinAsync("the clients to finish");

        Assert.DoesNotContain(site.Proxy.Logs.Entries, entry => entry.EventId.Name == "InterpreterFailed");
        Assert.Empty(site.Program.Executed.GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.Empty(answers.Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => answer.Id).Except(site.Program.Executed));
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { HttpStatusCode.OK, HttpStatusCode.BadGateway }));

        Assert.Equal(cut, site.Proxy.Logs.Entries.Count(entry => entry.EventId.Name == "ResponseCutShort"));

        // Only what the program had in hands was cut: no request failed because nobody listened.
        Assert.DoesNotContain(site.Proxy.Logs.Entries, entry => entry.EventId.Name == "ForwardingFailed" && !entry.Message.StartsWith("ConnectionLost", StringComparison.Ordinal) && !entry.Message.StartsWith("NoResponse", StringComparison.Ordinal));

        async Task AskUntilFinishedAsync(int client)
        {
            for (var i = 0; !Volatile.Read(ref isFinished); i++)
            {
                var id = $"{client}-{i}";
                using var request = new HttpRequestMessage(i % 2 == 0 ? HttpMethod.Get : HttpMethod.Post, $"/app?{id}");
                try
                {
                    using var response = await site.Client.SendAsync(request);
                    answers.Enqueue((id, response.StatusCode));
                }
                catch (HttpRequestException)
                {
                    // The program was killed inside its response.
                    Interlocked.Increment(ref cut);
                }

                signal.Pulse();
            }
        }

        // A client that failed ends the wait at once.
        Task WaitForAnswersAsync()
        {
            var known = answers.Count(answer => answer.Status == HttpStatusCode.OK);
            return Task.WhenAny(
                [signal.WaitAsync(() => answers.Count(answer => answer.Status == HttpStatusCode.OK) >= known + 30, () => $"answers; {site.Proxy.Logs}"), .. clients]).Unwrap();
        }
    }
}
