namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>Notices an input that takes far too long: a loop without end.</summary>
internal sealed class Watchdog : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    private readonly Action<byte[]> _hangs;
    private readonly Timer _timer;
    private volatile byte[]? _input;
    private byte[]? _seen;

    /// <param name="hangs">Told of the input that does not come to an end.</param>
    public Watchdog(Action<byte[]> hangs)
    {
        _hangs = hangs;
        _timer = new Timer(_ => Look(), state: null, Interval, Interval);
    }

    /// <summary>An input is about to be run.</summary>
    public void Begin(byte[] input) => _input = input;

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var input = _input;
        if (input is not null && ReferenceEquals(input, _seen))
        {
            _hangs(input);
        }

        _seen = input;
    }
}
