using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Tests.Forwarder;

public sealed class BodyFileSweepTests : IDisposable
{
    private const string Digits = "0123456789abcdef0123456789abcdef";

    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private readonly ILogger<BodyFileSweep> _logger = Substitute.For<ILogger<BodyFileSweep>>();
    private readonly BodyFileSweep _sweep;

    public BodyFileSweepTests()
    {
        _logger.IsEnabled(default).ReturnsForAnyArgs(true);
        _sweep = new BodyFileSweep(_clock, _logger);
    }

    public void Dispose()
    {
        _sweep.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("yarp-fastcgi-body-" + Digits, 60, false)]
    [InlineData("yarp-fastcgi-body-" + Digits, 59, true)]
    [InlineData("yarp-fastcgi-body-" + Digits + "0", 60, true)]
    [InlineData("yarp-fastcgi-body-0123456789ABCDEF0123456789ABCDEF", 60, true)]
    [InlineData("yarp-fastcgi-body-upload-of-somebody-else-1234567", 60, true)]
    [InlineData("yarp-fastcgi-body-", 60, true)]
    [InlineData("yarp-fastcgi-" + Digits, 60, true)]
    [InlineData(Digits, 60, true)]
    public void Sweep_File_IsDeletedWhenItIsOursAndOld(string name, int minutes, bool stays)
    {
        var file = Write(name, TimeSpan.FromMinutes(minutes));

        _sweep.Sweep([_directory.Path]);

        Assert.Equal(stays, File.Exists(file));
    }

    [Theory]
    [InlineData(FileShare.None)]
    [InlineData(FileShare.Read | FileShare.Delete)]
    public void Sweep_FileOfAGatewayThatLives_Stays(FileShare share)
    {
        var file = Write("yarp-fastcgi-body-" + Digits, TimeSpan.FromHours(5));
        using (File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, share))
        {
            _sweep.Sweep([_directory.Path]);
            Assert.True(File.Exists(file));
        }

        _sweep.Sweep([_directory.Path]);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void Sweep_WhatIsNoFile_Stays()
    {
        var elsewhere = Write("elsewhere", TimeSpan.FromHours(5));
        var link = _directory.Combine("yarp-fastcgi-body-" + Digits);
        File.CreateSymbolicLink(link, elsewhere);
        var directory = _directory.CreateDirectory("sub/yarp-fastcgi-body-" + Digits);
        Directory.SetLastWriteTimeUtc(directory, _clock.GetUtcNow().UtcDateTime.AddHours(-5));

        _sweep.Sweep([_directory.Path, _directory.Combine("sub")]);

        Assert.True(File.Exists(link));
        Assert.True(File.Exists(elsewhere));
        Assert.True(Directory.Exists(directory));
    }

    [Fact]
    public void Sweep_DirectoryIsGone_IsLoggedAndTheOthersAreSwept()
    {
        var file = Write("yarp-fastcgi-body-" + Digits, TimeSpan.FromHours(5));

        _sweep.Sweep([_directory.Combine("gone"), _directory.Path]);

        Assert.False(File.Exists(file));
        Assert.Contains(
            _logger.ReceivedCalls(),
            call => call.GetMethodInfo().Name == nameof(ILogger.Log) && call.GetArguments()[0] is LogLevel.Warning && $"{call.GetArguments()[2]}".Contains(_directory.Combine("gone"), StringComparison.Ordinal));
    }

    private string Write(string name, TimeSpan age)
    {
        var path = _directory.Combine(name);
        File.WriteAllText(path, "left behind");
        File.SetLastWriteTimeUtc(path, (_clock.GetUtcNow() - age).UtcDateTime);
        return path;
    }
}
