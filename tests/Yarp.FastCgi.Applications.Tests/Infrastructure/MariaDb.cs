using System.Net.Sockets;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Applications.Tests.Infrastructure;

/// <summary>A real MariaDB with one database, on a unix socket alone, its data in a directory of its own.</summary>
internal sealed class MariaDb : IAsyncDisposable
{
    public const string Database = "application";
    public const string User = "application";
    public const string Password = "a secret of the tests";

    private readonly TempDirectory _directory = new();
    private ChildProcess? _process;

    private MariaDb()
    {
    }

    public string Socket => _directory.Combine("db.sock");

    public static async Task<MariaDb> StartAsync()
    {
        var database = new MariaDb();
        try
        {
            var data = database._directory.Combine("data");
            await RunAsync("mariadb-install-db", ["--no-defaults", $"--user={Environment.UserName}", $"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]);
            database._process = ChildProcess.Start(
                ExternalProgram.Require("mariadbd"),
                [
                    "--no-defaults", $"--user={Environment.UserName}", $"--datadir={data}", $"--socket={database.Socket}", $"--pid-file={database._directory.Combine("db.pid")}", "--skip-networking",
                    // Nothing has to outlive a crash here.
                    "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--sync-binlog=0",
                ]);
            await database._process.WaitUntilListeningAsync(new UnixDomainSocketEndPoint(database.Socket));
            await database.QueryAsync($"CREATE DATABASE {Database}; CREATE USER {User}@localhost IDENTIFIED BY '{Password}'; GRANT ALL ON {Database}.* TO {User}@localhost");
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <returns>The columns of the result without their names, rows on lines, separated by tabs.</returns>
    public Task<string> QueryAsync(string statements) => RunAsync("mariadb", ["--no-defaults", $"--socket={Socket}", "--user=root", "--skip-column-names", "--batch", "-e", statements]);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _directory.Dispose();
    }

    private static Task<string> RunAsync(string program, IEnumerable<string> arguments) => Command.RunAsync(ExternalProgram.Require(program), arguments);
}
