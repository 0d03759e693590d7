namespace Yarp.FastCgi.Gateway.Import;

/// <summary>What the files of nginx and of Debian's package say that recipes include, for when they are not here.</summary>
internal static class ShippedFiles
{
    // The params that nginx's fastcgi_params lists are sent here anyway.
    private const string Nothing = "";

    private const string FastCgiPhp = """
        fastcgi_split_path_info ^(.+?\.php)(/.*)$;
        try_files $fastcgi_script_name =404;
        fastcgi_param PATH_INFO $fastcgi_path_info;
        fastcgi_index index.php;
        """;

    /// <returns>Null for an unknown file.</returns>
    public static string? Find(string name) => Path.GetFileName(name) switch
    {
        "fastcgi_params" or "fastcgi.conf" or "mime.types" => Nothing,
        "fastcgi-php.conf" => FastCgiPhp,
        _ => null,
    };
}
