using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>Where a path leads, and how it is cut.</summary>
internal sealed record PlainScript(ScriptOutcome Outcome, string ScriptName = "", string PathInfo = "");
