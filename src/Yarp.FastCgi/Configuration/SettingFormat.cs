namespace Yarp.FastCgi.Configuration;

/// <summary>The text form of one kind of value, and its range. Invariant: no culture changes it.</summary>
internal abstract class SettingFormat<T>
{
    /// <summary>The kind of value and its unit, for the reference: <c>integer, bytes</c>.</summary>
    public abstract string Type { get; }

    /// <summary>The values allowed, for the reference: <c>1 to 65535</c>.</summary>
    public abstract string Range { get; }

    /// <summary>The right form as it reads in an error message: <c>an integer from 1 to 65535</c>.</summary>
    public abstract string Form { get; }

    public abstract bool TryParse(string text, out T value);

    public abstract string Format(T value);
}
