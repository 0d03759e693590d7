using System.Text;

namespace Yarp.FastCgi.Testing;

/// <summary>A whole response, and what is to be read from it.</summary>
public sealed record SentResponse
{
    internal SentResponse(
        (string Text, string Described)[] heads, byte[] body, int[] stdoutLengths, char[][] stderr, byte[][] noise, byte[] paddings, bool endsStdout, int order)
    {
        Heads = heads;
        Body = body;
        Stderr = string.Concat(stderr.Select(text => new string(text)));
        EndsStdout = endsStdout;
        EndPadding = paddings[0];

        // The records of each stream keep their order; how the streams are mixed is random.
        var stdout = new Queue<byte[]>(ResponseGen.Cut([.. Encoding.Latin1.GetBytes(string.Concat(heads.Select(head => head.Text))), .. body], stdoutLengths)
            .Select((content, i) => Wire.Record(WireRecordType.Stdout, content, paddings[i % paddings.Length])));
        if (endsStdout)
        {
            stdout.Enqueue(Wire.Stdout("", paddings[^1]));
            stdout.Enqueue(Wire.Stdout("ignored"));
        }

        Queue<byte[]>[] streams = [stdout, new(stderr.Select(text => Wire.Stderr(new string(text), paddings[^1]))), new(noise)];
        var random = new Random(order);
        var records = new List<byte[]>();
        while (streams.Where(stream => stream.Count > 0).ToArray() is { Length: > 0 } waiting)
        {
            records.Add(waiting[random.Next(waiting.Length)].Dequeue());
        }

        Bytes = Wire.Join([.. records, Wire.EndRequest(appStatus: 7, padding: EndPadding)]);
    }

    public (string Text, string Described)[] Heads { get; }

    public byte[] Body { get; }

    public string Stderr { get; }

    public bool EndsStdout { get; }

    public byte EndPadding { get; }

    public byte[] Bytes { get; }

    public override string ToString() => Convert.ToHexString(Bytes);
}
