using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Multiplexing;

/// <summary>A real application that multiplexes: Go's net/http/fcgi.</summary>
public sealed class GoTests(GoTests.Site site) : IClassFixture<GoTests.Site>
{
    private const string Source =
        """
        package main

        import (
            "crypto/sha256"
            "fmt"
            "io"
            "net"
            "net/http"
            "net/http/fcgi"
            "os"
            "strconv"
            "sync/atomic"
        )

        // Counts the connections.
        type listener struct {
            net.Listener
            accepted int64
        }

        func (l *listener) Accept() (net.Conn, error) {
            c, err := l.Listener.Accept()
            atomic.AddInt64(&l.accepted, 1)
            return c, err
        }

        func main() {
            os.Remove(os.Args[1])
            inner, err := net.Listen("unix", os.Args[1])
            if err != nil {
                panic(err)
            }
            l := &listener{Listener: inner}
            release := make(chan bool)
            http.HandleFunc("/connections", func(w http.ResponseWriter, r *http.Request) {
                fmt.Fprint(w, atomic.LoadInt64(&l.accepted))
            })
            http.HandleFunc("/hash", func(w http.ResponseWriter, r *http.Request) {
                h := sha256.New()
                n, _ := io.Copy(h, r.Body)
                fmt.Fprintf(w, "%d %X", n, h.Sum(nil))
            })
            http.HandleFunc("/bytes", func(w http.ResponseWriter, r *http.Request) {
                n, _ := strconv.Atoi(r.URL.Query().Get("n"))
                b := make([]byte, 1000)
                for sent := 0; sent < n; sent += len(b) {
                    for i := range b {
                        b[i] = byte((sent/1000 + i) % 251)
                    }
                    w.Write(b)
                }
            })
            waiting := int64(0)
            http.HandleFunc("/waiting", func(w http.ResponseWriter, r *http.Request) {
                fmt.Fprint(w, atomic.LoadInt64(&waiting))
            })
            http.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
                atomic.AddInt64(&waiting, 1)
                <-release
                atomic.AddInt64(&waiting, -1)
                fmt.Fprint(w, "released")
            })
            http.HandleFunc("/release", func(w http.ResponseWriter, r *http.Request) {
                n, _ := strconv.Atoi(r.URL.Query().Get("n"))
                for i := 0; i < n; i++ {
                    release <- true
                }
            })
            http.HandleFunc("/refuse", func(w http.ResponseWriter, r *http.Request) {
                w.WriteHeader(http.StatusRequestEntityTooLarge)
                fmt.Fprint(w, "too large")
            })
            fcgi.Serve(l, nil)
        }
        """;

    [RequiresProgramFact(ExternalProgram.Go)]
    public async Task Requests_SideBySide_ShareAConnection()
    {
        var before = await ConnectionsAsync();
        var waiting = Enumerable.Range(0, 20).Select(_ => site.Client.GetStringAsync("/wait")).ToArray();

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            var content = new byte[i * 5000];
            new Random(i).NextBytes(content);
            using var response = await site.Client.PostAsync("/hash", new ByteArrayContent(content));
            Assert.Equal($"{content.Length} {Convert.ToHexString(SHA256.HashData(content))}", await response.Content.ReadAsStringAsync());
            return i;
        }));

        Assert.Equal(60, answers.Length);
        Assert.All(waiting, request => Assert.False(request.IsCompleted));
        await site.Client.GetStringAsync("/release?n=20");
        Assert.All(await Task.WhenAll(waiting), answer => Assert.Equal("released", answer));
        Assert.InRange(await ConnectionsAsync() - before, 0, 5);
    }

    [RequiresProgramFact(ExternalProgram.Go)]
    public async Task Responses_LargeAndSmallSideBySide_AreWhole()
    {
        var lengths = Enumerable.Range(0, 30).Select(i => i % 3 == 0 ? 5_000_000 : i * 1000).ToArray();

        var bodies = await Task.WhenAll(lengths.Select(length => site.Client.GetByteArrayAsync($"/bytes?n={length}")));

        for (var i = 0; i < lengths.Length; i++)
        {
            Assert.Equal(lengths[i], bodies[i].Length);
            Assert.Equal(SHA256.HashData(Expected(lengths[i])), SHA256.HashData(bodies[i]));
        }
    }

    [RequiresProgramFact(ExternalProgram.Go)]
    public async Task Client_Leaves_TheOthersOnItsConnectionGoOn()
    {
        var before = await ConnectionsAsync();
        using (var gone = await site.Proxy.ConnectAsync())
        {
            await gone.SendAsync("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await Eventually.UntilAsync(async () => await site.Client.GetStringAsync("/waiting") == "1", "the request to be at work");
            gone.Reset();
        }

        await Eventually.UntilAsync(() => site.Proxy.Destination("a").ConcurrentRequestCount == 0, "the request to be given up");
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(3000, (await site.Client.GetByteArrayAsync("/bytes?n=3000")).Length);
        }

        await site.Client.GetStringAsync("/release?n=1");
        Assert.InRange(await ConnectionsAsync() - before, 0, 2);
    }

    [RequiresProgramFact(ExternalProgram.Go)]
    public async Task Upload_RefusedInTheMiddle_TheConnectionServesOn()
    {
        for (var i = 0; i < 5; i++)
        {
            using var response = await site.Client.PostAsync("/refuse", new ByteArrayContent(new byte[2_000_000]));
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
            Assert.Equal("too large", await response.Content.ReadAsStringAsync());
            Assert.Equal(3000, (await site.Client.GetByteArrayAsync("/bytes?n=3000")).Length);
        }
    }

    private static byte[] Expected(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)(((i / 1000) + (i % 1000)) % 251);
        }

        return bytes;
    }

    private async Task<int> ConnectionsAsync() => int.Parse(await site.Client.GetStringAsync("/connections"), CultureInfo.InvariantCulture);

    /// <summary>One program for all tests: to build it takes its time.</summary>
    public sealed class Site : IAsyncLifetime
    {
        private GoProgram? _program;

        internal TestProxy Proxy { get; private set; } = null!;

        internal HttpClient Client => Proxy.Client;

        public async Task InitializeAsync()
        {
            if (ExternalProgram.SkipReason(ExternalProgram.Go) is null)
            {
                _program = await GoProgram.StartAsync(Source);
                Proxy = await TestProxy.StartAsync(new ProxyJson(_program.Address) { ClusterFastCgi = """ "Multiplexing": true, "IdleTimeout": "00:01:00" """ });
            }
        }

        public async Task DisposeAsync()
        {
            if (_program is not null)
            {
                await Proxy.DisposeAsync();
                await _program.DisposeAsync();
            }
        }
    }
}
