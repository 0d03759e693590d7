using System.Globalization;
using System.Net;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Reliability.SlowReaders;

/// <summary>
/// Clients with a connection each ask for a large page and read its head only, until the application can send no more to any of them. The gateway's memory
/// before and then tells what such a client costs. In the end all of them read on, and have every byte.
/// </summary>
internal static class SlowReadersRun
{
    // Nothing more has been sent for so long: all of the responses stand still.
    private static readonly TimeSpan Standstill = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(int clients, long length, TextWriter output)
    {
        var page = new LargePage(length);
        await using var application = ScriptedResponder.StartForgetful(page.ServeAsync);
        using var directory = new TempDirectory();
        var options = new Dictionary<string, string>
        {
            ["CheckFile"] = "off",
            ["MaxConnections"] = clients.ToString(CultureInfo.InvariantCulture),
        };
        using var gateway = await GatewayFiles.StartAsync(directory, "gateway", application.Address, options);
        var readers = new List<RawHttpConnection>();
        try
        {
            for (var i = 0; i < clients; i++)
            {
                readers.Add(await RawHttpConnection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, new Uri(gateway.Url).Port)));
            }

            await ForEachAsync(readers, AskForSmallAsync);
            var before = ProcessMemory.Read(gateway.Id);
            await ForEachAsync(readers, AskForLargeAsync);
            await WaitForStandstillAsync(page);
            var standing = ProcessMemory.Read(gateway.Id);
            var taken = page.Sent;
            await ForEachAsync(readers, reader => ReadPageAsync(reader, page));
            var after = ProcessMemory.Read(gateway.Id);

            Write(output, $"{clients} clients, a page of {length / 1048576.0:N1} MiB, HTTP/1.1");
            Write(output, $"gateway's memory, all connected and idle: {before.Anonymous / 1024.0:N1} MiB");
            Write(output, $"the same, all responses standing still:   {standing.Anonymous / 1024.0:N1} MiB, {(standing.Anonymous - before.Anonymous) / (double)clients:N0} KiB for each client");
            Write(output, $"taken from the application until then:    {taken / 1024.0 / clients:N0} KiB for each client, the kernel's buffers included");
            Write(output, $"the same, all pages read to their end:    {after.Anonymous / 1024.0:N1} MiB; most at any time {after.Peak / 1024.0:N1} MiB");
            Write(output, $"complete and right: {readers.Count} of {clients}");
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }

    private static Task ForEachAsync(IEnumerable<RawHttpConnection> readers, Func<RawHttpConnection, Task> act) => Task.WhenAll(readers.Select(act));

    private static async Task AskForSmallAsync(RawHttpConnection reader)
    {
        await reader.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await reader.ReadHeadAsync();
        await reader.ReadExactlyAsync(1);
    }

    private static async Task AskForLargeAsync(RawHttpConnection reader)
    {
        await reader.SendAsync("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await reader.ReadHeadAsync();
    }

    private static async Task WaitForStandstillAsync(LargePage page)
    {
        var sent = -1L;
        while (page.Sent != sent)
        {
            sent = page.Sent;
            await Task.Delay(Standstill);
        }
    }

    private static async Task ReadPageAsync(RawHttpConnection reader, LargePage page)
    {
        var buffer = new byte[64 * 1024];
        for (var position = 0L; position < page.Length;)
        {
            var count = await reader.ReadAsync(buffer);
            if (count == 0 || !LargePage.IsAt(position, buffer.AsSpan(0, count)))
            {
                throw new InvalidDataException($"The page is not right at byte {position}.");
            }

            position += count;
        }
    }

    private static void Write(TextWriter output, FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
