namespace Yarp.FastCgi.Configuration;

/// <summary>Params that php-fpm itself acts on (sapi/fpm/fpm/fpm_main.c).</summary>
internal static class PhpParams
{
    /// <summary>Settings as <c>php_value</c>: scripts may change them.</summary>
    public const string Value = "PHP_VALUE";

    /// <summary>Settings as <c>php_admin_value</c>: scripts may not.</summary>
    public const string AdminValue = "PHP_ADMIN_VALUE";

    /// <summary>The file that holds the request body in place of STDIN.</summary>
    public const string RequestBodyFile = "REQUEST_BODY_FILE";
}
