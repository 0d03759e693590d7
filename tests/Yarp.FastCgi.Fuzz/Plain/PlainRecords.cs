namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>The records of an input, read plainly from FastCGI 1.0, section 3.3.</summary>
/// <param name="Records">Those with content that has come, or without content; the last may be cut short.</param>
/// <param name="Consumed">How much of the input belongs to records whose header is complete.</param>
/// <param name="IsUnsupported">What follows is not of version 1.</param>
/// <param name="IsAtBoundary">Whether the last record is whole, with its padding.</param>
internal sealed record PlainRecords(List<PlainRecord> Records, int Consumed, bool IsUnsupported, bool IsAtBoundary)
{
    public static PlainRecords Read(ReadOnlySpan<byte> input)
    {
        var records = new List<PlainRecord>();
        long position = 0;
        while (position + 8 <= input.Length)
        {
            var header = input[(int)position..];
            if (header[0] != 1)
            {
                return new PlainRecords(records, (int)position, IsUnsupported: true, IsAtBoundary: true);
            }

            long contentLength = (header[4] << 8) + header[5];
            long paddingLength = header[6];
            var contentStart = position + 8;
            var contentEnd = contentStart + contentLength;
            position = contentEnd + paddingLength;
            var content = input[(int)contentStart..(int)Math.Min(contentEnd, input.Length)];
            if (contentLength == 0 || content.Length > 0)
            {
                records.Add(new PlainRecord(header[1], (header[2] << 8) + header[3], (int)contentLength, (int)paddingLength, content.ToArray(), position));
            }
        }

        return new PlainRecords(records, (int)Math.Min(position, input.Length), IsUnsupported: false, position <= input.Length);
    }
}
