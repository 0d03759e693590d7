namespace Yarp.FastCgi.Configuration;

/// <param name="Source">Where the part comes from.</param>
/// <param name="Text">The text itself, or the name of the route value, header field or variable; else empty.</param>
internal readonly record struct ParamTemplatePart(ParamSource Source, string Text);
