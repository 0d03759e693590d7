using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>The request as JSON: <c>{"params": {…}, "body": {"length", "sha256", "text", "truncated"}}</c>.</summary>
internal static class DemoJson
{
    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
    };

    public static void Write(IBufferWriter<byte> output, DemoRequest request)
    {
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteStartObject("params");
        foreach (var (name, value) in request.Params)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteStartObject("body");
        json.WriteNumber("length", request.Body.Length);
        json.WriteString("sha256", request.Body.Sha256);
        json.WriteString("text", request.Body.Text);
        json.WriteBoolean("truncated", request.Body.IsTruncated);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
