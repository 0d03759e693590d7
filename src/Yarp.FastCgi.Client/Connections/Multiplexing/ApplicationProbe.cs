using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>Asks an application by GET_VALUES whether it multiplexes.</summary>
internal static class ApplicationProbe
{
    // Three variables need a tenth of it.
    private const int MaxAnswer = 1024;

    /// <param name="connection">A connection for this alone: php-fpm closes it behind its answer (G5).</param>
    /// <param name="timeout">Longest wait for the answer.</param>
    /// <returns>What the application says; without an answer, why there is none.</returns>
    public static async ValueTask<(ApplicationValues Values, string? Refusal)> AskAsync(FastCgiConnection connection, TimeSpan timeout)
    {
        connection.Deadline.Arm(timeout, FastCgiError.ActivityTimeout);
        try
        {
            await connection.SendAsync(CreateQuestion()).ConfigureAwait(false);
            var answer = new Answer();
            while (!answer.TryRead(connection))
            {
                if (await connection.ReceiveAsync().ConfigureAwait(false) == 0)
                {
                    return (default, "it closes the connection when it is asked");
                }
            }

            return answer.Refusal is not null ? (default, answer.Refusal)
                : answer.Values.Multiplexes ? (answer.Values, null)
                : (answer.Values, "FCGI_MPXS_CONNS is not 1");
        }
        catch (FastCgiException exception)
        {
            return (default, exception.Error == FastCgiError.ActivityTimeout ? $"it gives no answer within ConnectTimeout ({timeout})" : exception.Message);
        }
    }

    private static byte[] CreateQuestion()
    {
        var question = new byte[128];
        return question[..RecordWriter.WriteGetValues(question, ApplicationValues.Names)];
    }

    private sealed class Answer
    {
        private readonly byte[] _content = new byte[MaxAnswer];
        private RecordReader _records;
        private int _length;

        public ApplicationValues Values { get; private set; }

        public string? Refusal { get; private set; }

        /// <returns>False when more has to be received.</returns>
        public bool TryRead(FastCgiConnection connection)
        {
            while (true)
            {
                switch (_records.Read(connection.Buffered, out var consumed, out var fragment))
                {
                    case RecordReadStatus.NeedMoreData:
                        connection.Consume(consumed);
                        return false;

                    case RecordReadStatus.UnsupportedVersion:
                        Refusal = "it answers in another protocol version than 1";
                        return true;
                }

                if (TryRead(fragment))
                {
                    return true;
                }

                connection.Consume(consumed);
            }
        }

        private bool TryRead(RecordFragment fragment)
        {
            switch (fragment.Header.Type)
            {
                case RecordType.GetValuesResult when _length + fragment.Content.Length <= MaxAnswer:
                    fragment.Content.CopyTo(_content.AsSpan(_length));
                    _length += fragment.Content.Length;
                    if (!fragment.IsLast)
                    {
                        return false;
                    }

                    Values = ApplicationValues.Read(_content.AsSpan(0, _length));
                    return true;

                case RecordType.GetValuesResult:
                    Refusal = "its answer is too long";
                    return true;

                case RecordType.UnknownType:
                    Refusal = "it does not know FCGI_GET_VALUES";
                    return true;

                default:
                    return false;
            }
        }
    }
}
