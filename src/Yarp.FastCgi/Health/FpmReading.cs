namespace Yarp.FastCgi.Health;

/// <summary>The last status of the php-fpm behind a destination.</summary>
internal readonly record struct FpmReading(string ClusterId, string DestinationId, FpmStatus Status);
