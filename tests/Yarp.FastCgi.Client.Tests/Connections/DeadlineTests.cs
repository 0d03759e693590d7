using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

public class DeadlineTests
{
    private readonly ObservedTimeProvider _time = new();
    private readonly List<FastCgiError> _struck = [];

    [Fact]
    public void Arm_TimePasses_StrikesOnceWithItsError()
    {
        using var deadline = Create();
        deadline.Arm(Seconds(5), FastCgiError.ResponseHeadTimeout);

        _time.Advance(Seconds(5) - TimeSpan.FromTicks(1));
        Assert.Empty(_struck);

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([FastCgiError.ResponseHeadTimeout], _struck);

        _time.Advance(Seconds(100));
        Assert.Single(_struck);
    }

    [Fact]
    public void Arm_AgainLater_StrikesAtTheLaterTimeWithTheLaterError()
    {
        using var deadline = Create();
        deadline.Arm(Seconds(5), FastCgiError.ResponseHeadTimeout);
        _time.Advance(Seconds(4));
        deadline.Arm(Seconds(5), FastCgiError.ActivityTimeout);

        _time.Advance(Seconds(4.999));
        Assert.Empty(_struck);

        _time.Advance(Seconds(0.001));
        Assert.Equal([FastCgiError.ActivityTimeout], _struck);
    }

    [Fact]
    public void Arm_AgainEarlier_StrikesAtTheEarlierTime()
    {
        using var deadline = Create();
        deadline.Arm(Seconds(60), FastCgiError.ResponseHeadTimeout);
        deadline.Arm(Seconds(1), FastCgiError.ActivityTimeout);

        _time.Advance(Seconds(1));

        Assert.Equal([FastCgiError.ActivityTimeout], _struck);
        _time.Advance(Seconds(60));
        Assert.Single(_struck);
    }

    [Fact]
    public void Arm_AtEveryReadOfALongResponse_NeverStrikes()
    {
        using var deadline = Create();
        for (var i = 0; i < 100; i++)
        {
            deadline.Arm(Seconds(2), FastCgiError.ActivityTimeout);
            _time.Advance(Seconds(1.5));
        }

        Assert.Empty(_struck);
        _time.Advance(Seconds(0.5));
        Assert.Single(_struck);
    }

    [Fact]
    public void Arm_AfterItStruck_StrikesAgain()
    {
        using var deadline = Create();
        deadline.Arm(Seconds(1), FastCgiError.ResponseHeadTimeout);
        _time.Advance(Seconds(1));
        deadline.Arm(Seconds(1), FastCgiError.ActivityTimeout);
        _time.Advance(Seconds(1));

        Assert.Equal([FastCgiError.ResponseHeadTimeout, FastCgiError.ActivityTimeout], _struck);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Arm_ShorterThanATimerTick_StrikesInTime(double milliseconds)
    {
        using var deadline = Create();
        deadline.Arm(TimeSpan.FromMilliseconds(milliseconds), FastCgiError.ActivityTimeout);

        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal([FastCgiError.ActivityTimeout], _struck);
    }

    [Fact]
    public async Task Arm_Infinite_NeverStrikes()
    {
        using var deadline = Create();
        deadline.Arm(Timeout.InfiniteTimeSpan, FastCgiError.ActivityTimeout);
        _time.Advance(TimeSpan.FromDays(1000));
        deadline.Arm(Seconds(1), FastCgiError.ActivityTimeout);
        deadline.Arm(Timeout.InfiniteTimeSpan, FastCgiError.ActivityTimeout);
        _time.Advance(TimeSpan.FromDays(1000));

        Assert.Empty(_struck);
        Assert.Equal(Seconds(1), await _time.WaitForTimerAsync());
    }

    [Fact]
    public void Arm_LongerThanATimerCanBe_NeverStrikes()
    {
        using var deadline = new Deadline(TimeProvider.System, _struck.Add);

        deadline.Arm(TimeSpan.MaxValue, FastCgiError.ActivityTimeout);
        deadline.Arm(TimeSpan.FromDays(365), FastCgiError.ActivityTimeout);

        Assert.Empty(_struck);
    }

    [Fact]
    public void Disarm_ThenTimePasses_DoesNotStrike()
    {
        using var deadline = Create();
        deadline.Arm(Seconds(1), FastCgiError.ActivityTimeout);
        deadline.Disarm();

        _time.Advance(Seconds(10));

        Assert.Empty(_struck);
    }

    [Theory]
    [InlineData(0.1, 5)]
    [InlineData(2, 0.5)]
    public void Arm_AfterDisarm_StrikesAtItsOwnTime(double pause, double timeout)
    {
        using var deadline = Create();
        deadline.Arm(Seconds(1), FastCgiError.ResponseHeadTimeout);
        deadline.Disarm();
        _time.Advance(Seconds(pause));
        deadline.Arm(Seconds(timeout), FastCgiError.ActivityTimeout);

        _time.Advance(Seconds(timeout) - TimeSpan.FromTicks(1));
        Assert.Empty(_struck);

        // A tick of timers.
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([FastCgiError.ActivityTimeout], _struck);
    }

    [Fact]
    public void Disarm_WhileItStrikes_ReturnsAfterTheStrike()
    {
        using var striking = new ManualResetEventSlim();
        Thread? disarming = null;
        var hasStruck = false;
        var hadStruckBeforeDisarmReturned = false;
        using var deadline = new Deadline(_time, _ =>
        {
            striking.Set();

            // Disarm either waits for this strike, or has returned before it.
            Assert.True(SpinWait.SpinUntil(() => disarming is { ThreadState: ThreadState.WaitSleepJoin or ThreadState.Stopped }, TestTimeout.Default));
            hasStruck = true;
        });
        deadline.Arm(Seconds(1), FastCgiError.ActivityTimeout);
        var advancing = new Thread(() => _time.Advance(Seconds(1)));
        advancing.Start();
        Assert.True(striking.Wait(TestTimeout.Default));

        disarming = new Thread(() =>
        {
            deadline.Disarm();
            hadStruckBeforeDisarmReturned = hasStruck;
        });
        disarming.Start();

        Assert.True(disarming.Join(TestTimeout.Default));
        Assert.True(advancing.Join(TestTimeout.Default));
        Assert.True(hadStruckBeforeDisarmReturned);
    }

    [Fact]
    public void Dispose_ThenTimePasses_DoesNotStrike()
    {
        var deadline = Create();
        deadline.Arm(Seconds(1), FastCgiError.ActivityTimeout);
        deadline.Dispose();
        deadline.Arm(Seconds(1), FastCgiError.ActivityTimeout);
        deadline.Dispose();

        _time.Advance(Seconds(10));

        Assert.Empty(_struck);
    }

    [Fact]
    public void Dispose_NeverArmed_DoesNothing()
    {
        Create().Dispose();

        Assert.Empty(_struck);
    }

    private Deadline Create() => new(_time, _struck.Add);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
