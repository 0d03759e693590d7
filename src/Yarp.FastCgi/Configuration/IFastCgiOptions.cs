namespace Yarp.FastCgi.Configuration;

/// <summary>A record of options that metadata can hold.</summary>
internal interface IFastCgiOptions;
