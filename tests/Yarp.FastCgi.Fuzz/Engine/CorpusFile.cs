namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>One input and what it is called.</summary>
internal sealed record CorpusFile(string Name, byte[] Bytes);
