namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>One request as the demo application received it.</summary>
/// <param name="Params">The params by name; of equal names the last, as PHP does.</param>
/// <param name="Body">The STDIN stream.</param>
internal sealed record DemoRequest(IReadOnlyDictionary<string, string> Params, DemoRequestBody Body)
{
    /// <summary>The value of a param, empty when it was not sent.</summary>
    public string this[string name] => Params.GetValueOrDefault(name, "");
}
