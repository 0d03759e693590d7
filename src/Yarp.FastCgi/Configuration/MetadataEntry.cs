namespace Yarp.FastCgi.Configuration;

/// <summary>One metadata key that belongs to an option.</summary>
/// <param name="Key">The whole key as it was written, for messages.</param>
/// <param name="SubKey">What follows the option's name: an index, a param's name, or null.</param>
/// <param name="Value">The text of the value.</param>
internal readonly record struct MetadataEntry(string Key, string? SubKey, string Value);
