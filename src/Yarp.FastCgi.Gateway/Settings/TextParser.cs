using System.Diagnostics.CodeAnalysis;

namespace Yarp.FastCgi.Gateway.Settings;

/// <summary>Reads a value from its text.</summary>
/// <param name="text">The text.</param>
/// <param name="value">The value.</param>
/// <param name="error">What is wrong with the text, quoting it.</param>
internal delegate bool TextParser<T>(string text, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? error)
    where T : class;
