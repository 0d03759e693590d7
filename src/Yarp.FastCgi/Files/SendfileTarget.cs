using Microsoft.AspNetCore.Http;

namespace Yarp.FastCgi.Files;

/// <summary>What an application has named to be sent in place of its response.</summary>
/// <param name="Name">As the application wrote it.</param>
/// <param name="File">The file with links followed; null when it may not, or cannot, be sent.</param>
/// <param name="StatusCode">200, 403 or 404.</param>
internal sealed record SendfileTarget(string Name, string? File, int StatusCode)
{
    public static SendfileTarget Refused(string name) => new(name, File: null, StatusCodes.Status403Forbidden);

    public static SendfileTarget Of(string name, string file)
        => System.IO.File.Exists(file)
            ? new SendfileTarget(name, file, StatusCodes.Status200OK)
            : new SendfileTarget(name, File: null, StatusCodes.Status404NotFound);
}
