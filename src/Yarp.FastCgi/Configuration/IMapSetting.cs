namespace Yarp.FastCgi.Configuration;

/// <summary>An option below whose key stand names that are compared exactly.</summary>
internal interface IMapSetting
{
    string Key { get; }
}
