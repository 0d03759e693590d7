namespace Yarp.FastCgi.Testing;

/// <summary>The test stopped the responder while a script was still at work. Not a failure.</summary>
internal sealed class ResponderStoppedException() : Exception("The responder was stopped.");
