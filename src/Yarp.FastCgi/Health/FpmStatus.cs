using System.Text.Json;

namespace Yarp.FastCgi.Health;

/// <summary>The status of a php-fpm pool (pm.status_path with <c>?json</c>). What it does not say is 0.</summary>
internal sealed record FpmStatus
{
    /// <summary>Whether workers come and go (pm = dynamic or ondemand): there may be more than there are now.</summary>
    public bool IsElastic { get; private init; }

    public int Active { get; private init; }

    public int Idle { get; private init; }

    /// <summary>The highest number of workers at work since the start.</summary>
    public int MaxActive { get; private init; }

    /// <summary>How often more workers were wanted than pm.max_children allows.</summary>
    public long MaxChildrenReached { get; private init; }

    /// <summary>Connections that wait for a worker. Always 0 on a unix socket, where the kernel does not tell.</summary>
    public int ListenQueue { get; private init; }

    public long Accepted { get; private init; }

    public long SlowRequests { get; private init; }

    public int Total => Active + Idle;

    /// <summary>
    /// As many workers as there can be, as far as the status lets it be known. An elastic pool is taken for half as large again as it was seen,
    /// so that it is given a reason to grow, until it has run into pm.max_children once.
    /// </summary>
    public int Workers
    {
        get
        {
            var seen = Math.Max(1, Math.Max(Total, IsElastic ? MaxActive : 0));
            return IsElastic && MaxChildrenReached == 0 ? seen + Math.Max(1, seen / 2) : seen;
        }
    }

    /// <summary>Reads the answer; null when it is no status of php-fpm.</summary>
    public static FpmStatus? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? ReadObject(ref reader) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static FpmStatus? ReadObject(ref Utf8JsonReader reader)
    {
        var status = new FpmStatus();
        var hasProcesses = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isManager = reader.ValueTextEquals("process manager"u8);
            var isActive = reader.ValueTextEquals("active processes"u8);
            var isIdle = reader.ValueTextEquals("idle processes"u8);
            var isMaxActive = reader.ValueTextEquals("max active processes"u8);
            var isReached = reader.ValueTextEquals("max children reached"u8);
            var isQueue = reader.ValueTextEquals("listen queue"u8);
            var isAccepted = reader.ValueTextEquals("accepted conn"u8);
            var isSlow = reader.ValueTextEquals("slow requests"u8);
            reader.Read();
            if (isManager)
            {
                status = status with { IsElastic = reader.TokenType == JsonTokenType.String && !reader.ValueTextEquals("static"u8) };
            }
            else if (isActive)
            {
                status = status with { Active = ReadCount(reader) };
                hasProcesses = true;
            }
            else
            {
                status = isIdle ? status with { Idle = ReadCount(reader) }
                    : isMaxActive ? status with { MaxActive = ReadCount(reader) }
                    : isReached ? status with { MaxChildrenReached = ReadCount(reader) }
                    : isQueue ? status with { ListenQueue = ReadCount(reader) }
                    : isAccepted ? status with { Accepted = ReadTotal(reader) }
                    : isSlow ? status with { SlowRequests = ReadTotal(reader) }
                    : status;
            }

            reader.Skip();
        }

        return hasProcesses && reader.TokenType == JsonTokenType.EndObject ? status : null;
    }

    private static int ReadCount(in Utf8JsonReader reader) => (int)Math.Min(ReadTotal(reader), MaxCount);

    private static long ReadTotal(in Utf8JsonReader reader)
        => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) && value > 0 ? value : 0;

    // More than any machine has, and few enough to be added up.
    private const int MaxCount = 1_000_000;
}
