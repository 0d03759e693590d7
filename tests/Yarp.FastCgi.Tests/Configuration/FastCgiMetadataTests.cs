using System.Text.Json;
using CsCheck;
using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

public class FastCgiMetadataTests
{
    private const string TimeForm = "a time in the form 00:00:05 (hours:minutes:seconds), above zero and up to 24.00:00:00 (24 days)";
    private const string PathForm = "an absolute path such as /var/www/html (or C:\\www)";
    private const string DirectoryForm = "the absolute path of a directory that exists on this machine";
    private const string FileNameForm = "the name of a file, without '/'";
    private const string ExtensionForm = "an extension that starts with '.', without '/', such as .php";
    private const string UnderscoreHeaderForm = "a header name of letters, digits, '-', '_' and '.', with at least one '_' or '.', that is not another spelling of a field which never becomes a param, such as X_Api_Key";
    private const string TryFileForm = "a path that starts with '/' or '{path}' (the request's path, the only placeholder), without '..' segments and without a query, such as /index.php";

    [Fact]
    public void ReadCluster_MetadataOfAnyValidOptions_GivesThemBackWithoutErrors() => OptionsGen.Cluster.Sample(options =>
    {
        var errors = new List<string>();
        var cluster = new ClusterConfig { ClusterId = "c" }.WithFastCgi(options);

        var read = FastCgiMetadata.ReadCluster(cluster.Metadata, errors);

        Assert.Empty(errors);
        Assert.Equal(JsonSerializer.Serialize(options), JsonSerializer.Serialize(read));
    });

    [Fact]
    public void ReadRoute_MetadataOfAnyValidOptions_GivesThemBackWithoutErrors() => OptionsGen.Route.Sample(options =>
    {
        var errors = new List<string>();
        var route = new RouteConfig { RouteId = "r" }.WithFastCgi(options);

        var read = FastCgiMetadata.ReadRoute(route.Metadata, errors);

        Assert.Empty(errors);
        Assert.Equal(JsonSerializer.Serialize(options), JsonSerializer.Serialize(read));
    });

    [Theory]
    [InlineData("MaxConnections", "0", "an integer from 1 to 65535 (connections), or auto")]
    [InlineData("MaxConnections", "65536", "an integer from 1 to 65535 (connections), or auto")]
    [InlineData("MaxConnections", "", "an integer from 1 to 65535 (connections), or auto")]
    [InlineData("MaxConnections", "1e3", "an integer from 1 to 65535 (connections), or auto")]
    [InlineData("MaxConnections", "1,000", "an integer from 1 to 65535 (connections), or auto")]
    [InlineData("QueueLimit", "-1", "an integer from 0 to 1000000 (requests)")]
    [InlineData("QueueLimit", "1000001", "an integer from 0 to 1000000 (requests)")]
    [InlineData("MaxRequestsPerConnection", "0", "an integer from 1 to 1000000000 (requests)")]
    [InlineData("MaxRequestsPerConnection", "99999999999", "an integer from 1 to 1000000000 (requests)")]
    [InlineData("MaxResponseHeadSize", "1023", "an integer from 1024 to 1048576 (bytes)")]
    [InlineData("MaxResponseHeadSize", "1048577", "an integer from 1024 to 1048576 (bytes)")]
    [InlineData("RequestBufferSize", "-1", "an integer from 0 to 16777216 (bytes)")]
    [InlineData("RequestBufferSize", "16777217", "an integer from 0 to 16777216 (bytes)")]
    [InlineData("QueueTimeout", "00:00:00", TimeForm)]
    [InlineData("QueueTimeout", "-00:00:05", TimeForm)]
    [InlineData("QueueTimeout", "24.00:00:01", TimeForm)]
    [InlineData("ConnectTimeout", "30", TimeForm)]
    [InlineData("ConnectTimeout", "00:30", TimeForm)]
    [InlineData("ResponseHeadTimeout", "00:00:60", TimeForm)]
    [InlineData("IdleTimeout", "5s", TimeForm)]
    [InlineData("MaxConnectionLifetime", "", TimeForm)]
    [InlineData("KeepAlive", "yes", "true or false")]
    [InlineData("RequestBuffering", "1", "true or false")]
    [InlineData("CheckFile", "always", "auto, on or off (or true or false)")]
    [InlineData("CheckFile", "1", "auto, on or off (or true or false)")]
    [InlineData("DocumentRoot", "", PathForm)]
    [InlineData("DocumentRoot", "var/www", PathForm)]
    [InlineData("DocumentRoot", "C:www", PathForm)]
    [InlineData("ScriptFile", "app.cgi", PathForm)]
    [InlineData("LocalRoot", "./html", DirectoryForm)]
    [InlineData("RequestBufferDirectory", "tmp", DirectoryForm)]
    [InlineData("RequestBodyFileDirectory", "bodies", PathForm)]
    [InlineData("LocalRequestBodyFileDirectory", "bodies", DirectoryForm)]
    [InlineData("Index", "/index.php", FileNameForm)]
    [InlineData("Index:0", "", FileNameForm)]
    [InlineData("Index:7", "..", FileNameForm)]
    [InlineData("ScriptExtensions", "php", ExtensionForm)]
    [InlineData("ScriptExtensions:0", ".", ExtensionForm)]
    [InlineData("ScriptExtensions:0", "./php", ExtensionForm)]
    [InlineData("PassRequestHeaders", "0", "true or false")]
    [InlineData("UnderscoreHeaders", "X-Api-Key", UnderscoreHeaderForm)]
    [InlineData("UnderscoreHeaders:0", "X_Api Key", UnderscoreHeaderForm)]
    [InlineData("UnderscoreHeaders:0", "X_Äpi", UnderscoreHeaderForm)]
    [InlineData("UnderscoreHeaders:0", "Content_Length", UnderscoreHeaderForm)]
    [InlineData("UnderscoreHeaders:0", "transfer.encoding", UnderscoreHeaderForm)]
    [InlineData("TryFiles:0", "index.php", TryFileForm)]
    [InlineData("TryFiles:0", "$uri", TryFileForm)]
    [InlineData("TryFiles:0", "{path}/{file}", TryFileForm)]
    [InlineData("TryFiles:0", "/{path", TryFileForm)]
    [InlineData("TryFiles:0", "/index.php?{path}", TryFileForm)]
    [InlineData("TryFiles:0", "{path}/../x.php", TryFileForm)]
    public void ReadCluster_InvalidValue_NamesKeyAndValueAndForm(string option, string value, string form)
    {
        var errors = ClusterErrors(("FastCgi:" + option, value));

        Assert.Equal([$"'FastCgi:{option}' is '{value}', but must be {form}."], errors);
    }

    [Theory]
    [InlineData("DocumentRoot")]
    [InlineData("ScriptFile")]
    [InlineData("LocalRoot")]
    [InlineData("RequestBufferDirectory")]
    [InlineData("Index")]
    [InlineData("ScriptExtensions")]
    [InlineData("TryFiles")]
    public void ReadCluster_ControlCharacterInText_IsRefusedAndQuotedEscaped(string option)
    {
        var error = Assert.Single(ClusterErrors(($"FastCgi:{option}", "/a.\r\n\0b")));

        Assert.StartsWith($"'FastCgi:{option}' is '/a.\\u000d\\u000a\\u0000b', but must be ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadCluster_VeryLongValue_IsQuotedShortened()
    {
        var error = Assert.Single(ClusterErrors(("FastCgi:KeepAlive", new string('x', 5000))));

        Assert.Equal($"'FastCgi:KeepAlive' is '{new string('x', 200)}…', but must be true or false.", error);
    }

    [Theory]
    [InlineData("/srv/app")]
    [InlineData("/")]
    [InlineData("C:\\www")]
    [InlineData("d:/www")]
    public void ReadRoute_AbsoluteDocumentRoot_IsAccepted(string path)
    {
        var errors = new List<string>();

        var options = FastCgiMetadata.ReadRoute(Metadata(("FastCgi:DocumentRoot", path)), errors);

        Assert.Empty(errors);
        Assert.Equal(path, options.DocumentRoot);
    }

    [Theory]
    [InlineData("true", FastCgiCheckFile.On)]
    [InlineData("On", FastCgiCheckFile.On)]
    [InlineData("FALSE", FastCgiCheckFile.Off)]
    [InlineData("off", FastCgiCheckFile.Off)]
    [InlineData("Auto", FastCgiCheckFile.Auto)]
    public void ReadRoute_WordOfCheckFile_IsUnderstoodIgnoringCase(string text, FastCgiCheckFile expected)
    {
        var errors = new List<string>();

        var options = FastCgiMetadata.ReadRoute(Metadata(("FastCgi:CheckFile", text)), errors);

        Assert.Empty(errors);
        Assert.Equal(expected, options.CheckFile);
    }

    [Theory]
    [InlineData("00:00:05", 5_000)]
    [InlineData("1.02:03:04.5000000", 93_784_500)]
    [InlineData("24.00:00:00", 2_073_600_000)]
    public void ReadCluster_TimeInConstantForm_IsUnderstood(string text, long milliseconds)
    {
        var errors = new List<string>();

        var options = FastCgiMetadata.ReadCluster(Metadata(("FastCgi:QueueTimeout", text)), errors);

        Assert.Empty(errors);
        Assert.Equal(milliseconds, options.QueueTimeout!.Value.TotalMilliseconds);
    }

    [Fact]
    public void ReadRoute_OneElementWithoutIndex_IsAList()
        => Assert.Equal(["a.php"], FastCgiMetadata.ReadRoute(Metadata(("FastCgi:Index", "a.php")), []).Index);

    [Fact]
    public void ReadRoute_ElementsInAnyOrderWithGaps_AreSortedByIndex()
    {
        var metadata = Metadata(("FastCgi:Index:10", "c.php"), ("FastCgi:Index:2", "b.php"), ("FastCgi:Index:0", "a.php"));

        Assert.Equal(["a.php", "b.php", "c.php"], FastCgiMetadata.ReadRoute(metadata, []).Index);
    }

    [Fact]
    public void ReadRoute_EmptyList_IsKept()
    {
        var errors = new List<string>();

        var options = FastCgiMetadata.ReadRoute(Metadata(("FastCgi:TryFiles", "")), errors);

        Assert.Empty(errors);
        Assert.Empty(options.TryFiles!);
    }

    [Theory]
    [InlineData("FastCgi:ScriptExtensions", "", $"'FastCgi:ScriptExtensions' is empty, but must have at least one element: {ExtensionForm}.")]
    [InlineData("FastCgi:Index:x", "a.php", "'FastCgi:Index:x' ('a.php') is not an element of a list: write 'FastCgi:Index:0', 'FastCgi:Index:1' and so on.")]
    [InlineData("FastCgi:Index:0:1", "a.php", "'FastCgi:Index:0:1' ('a.php') is not an element of a list: write 'FastCgi:Index:0', 'FastCgi:Index:1' and so on.")]
    [InlineData("FastCgi:KeepAlive:0", "true", "'FastCgi:KeepAlive:0' ('true') is not an option: 'FastCgi:KeepAlive' takes one value.")]
    [InlineData("FastCgi:Params", "A=1", "'FastCgi:Params' is 'A=1', but takes names: write 'FastCgi:Params:NAME'.")]
    [InlineData("FastCgi:Params:", "1", "'FastCgi:Params:' ('1') has no right name of a param: it must not be empty and must have neither '=' nor control characters.")]
    [InlineData("FastCgi:Params:A=B", "1", "'FastCgi:Params:A=B' ('1') has no right name of a param: it must not be empty and must have neither '=' nor control characters.")]
    [InlineData("FastCgi:Params:A\n", "1", "'FastCgi:Params:A\\u000a' ('1') has no right name of a param: it must not be empty and must have neither '=' nor control characters.")]
    [InlineData("FastCgi:Params:A", "1\0", "'FastCgi:Params:A' is '1\\u0000', but must be a text without NUL.")]
    [InlineData("FastCgi:Params:A", "x}", "'FastCgi:Params:A' is 'x}', but has a '}' without '{': write '}}' for a brace.")]
    [InlineData("FastCgi:Params:A", "{x}", "'FastCgi:Params:A' is '{x}', but '{x}' is no placeholder that can be filled in: use {route:name}, {header:Name}, {authorizer:NAME}, {connection:id}, {connection:remote-addr}, {connection:remote-port}, {connection:local-addr}, {connection:local-port} or {env:NAME} with a variable that is set, and '{{' for a brace.")]
    [InlineData("FastCgi:Params:PHP_VALUE", "{header:X}", "'FastCgi:Params:PHP_VALUE' is '{header:X}', but PHP_VALUE must not be made from what a client sends.")]
    [InlineData("FastCgi:Params:PHP_VALUE", "{authorizer:X}", "'FastCgi:Params:PHP_VALUE' is '{authorizer:X}', but PHP_VALUE must not be made from what a client sends.")]
    [InlineData("FastCgi:Params:REQUEST_BODY_FILE", "/{route:x}", "'FastCgi:Params:REQUEST_BODY_FILE' is '/{route:x}', but REQUEST_BODY_FILE must not be made from what a client sends.")]
    [InlineData("FastCgi:PhpValues", "a=1", "'FastCgi:PhpValues' is 'a=1', but takes names: write 'FastCgi:PhpValues:NAME'.")]
    [InlineData("FastCgi:PhpValues:", "1", "'FastCgi:PhpValues:' ('1') has no right name of a php.ini directive, such as memory_limit or opcache.enable.")]
    [InlineData("FastCgi:PhpValues:a b", "1", "'FastCgi:PhpValues:a b' ('1') has no right name of a php.ini directive, such as memory_limit or opcache.enable.")]
    [InlineData("FastCgi:PhpValues:a\nb", "1", "'FastCgi:PhpValues:a\\u000ab' ('1') has no right name of a php.ini directive, such as memory_limit or opcache.enable.")]
    [InlineData("FastCgi:PhpValues:1a", "1", "'FastCgi:PhpValues:1a' ('1') has no right name of a php.ini directive, such as memory_limit or opcache.enable.")]
    [InlineData("FastCgi:PhpAdminValues:None", "1", "'FastCgi:PhpAdminValues:None' ('1') has no right name of a php.ini directive, such as memory_limit or opcache.enable.")]
    [InlineData("FastCgi:PhpAdminValues:a", "1\nb=2", "'FastCgi:PhpAdminValues:a' is '1\\u000ab=2', but must be a text without control characters and without quotes around it: it reaches PHP as it stands.")]
    [InlineData("FastCgi:PhpAdminValues:a", "\"1\"", "'FastCgi:PhpAdminValues:a' is '\"1\"', but must be a text without control characters and without quotes around it: it reaches PHP as it stands.")]
    [InlineData("FastCgi:PhpAdminValues:a", "''", "'FastCgi:PhpAdminValues:a' is '''', but must be a text without control characters and without quotes around it: it reaches PHP as it stands.")]
    [InlineData("FastCgi", "on", "'FastCgi' is 'on', but takes options: write 'FastCgi:Option'.")]
    [InlineData("FastCgi", null, "'FastCgi' in Metadata is an object, which YARP's metadata cannot hold: write 'FastCgi' beside 'Metadata' instead.")]
    [InlineData("FastCgi:DocRoot", "/srv", "'FastCgi:DocRoot' ('/srv') is not a known option. Did you mean 'FastCgi:DocumentRoot'?")]
    [InlineData("fastcgi:maxconnection", "5", "'fastcgi:maxconnection' ('5') is not a known option. Did you mean 'FastCgi:MaxConnections'?")]
    [InlineData("FastCgi:Parms:A", "5", "'FastCgi:Parms:A' ('5') is not a known option. Did you mean 'FastCgi:Params'?")]
    [InlineData("FastCgi:Role", "filter", "'FastCgi:Role' ('filter') is not a known option. The role Filter (FastCGI 1.0, section 6.4) is not supported: there is no file here to send as its DATA stream. Ask the application as a responder, which needs no option.")]
    [InlineData("FastCgi:Role", "AUTHORIZER", "'FastCgi:Role' ('AUTHORIZER') is not a known option. A route's authorizer is named by YARP's 'AuthorizationPolicy': \"FastCgiAuthorizer:cluster\".")]
    [InlineData("FastCgi:role", "responder", "'FastCgi:role' ('responder') is not a known option. The applications of a route are asked as responders. A route's authorizer is named by YARP's 'AuthorizationPolicy': \"FastCgiAuthorizer:cluster\".")]
    [InlineData("FastCgi:Authorizer", "auth", "'FastCgi:Authorizer' ('auth') is not a known option. A route's authorizer is named by YARP's 'AuthorizationPolicy': \"FastCgiAuthorizer:cluster\".")]
    [InlineData("FastCgi:Zzzzzzzz", "5", "'FastCgi:Zzzzzzzz' ('5') is not a known option.")]
    [InlineData("FastCgi:", "5", "'FastCgi:' ('5') is not a known option.")]
    public void ReadCluster_WrongKey_IsExplained(string key, string? value, string expected)
        => Assert.Equal([expected], ClusterErrors((key, value!)));

    [Theory]
    [InlineData("A", 65_519, true)]
    [InlineData("A", 65_520, false)]
    [InlineData("\u00e9", 65_518, true)]
    [InlineData("\u00e9", 65_519, false)]
    public void ReadCluster_ParamThatFitsNoRecord_IsRefused(string name, int length, bool fits)
    {
        var key = "FastCgi:Params:" + name;

        var errors = ClusterErrors((key, new string('v', length)));

        Assert.Equal(fits ? [] : [$"'{key}' is '{new string('v', 200)}\u2026', but name and value must have at most 65520 bytes together: a FastCGI record carries no more."], errors);
    }

    [Fact]
    public void ReadCluster_ParamWhosePlaceholdersLeaveNoRoom_IsRefused()
    {
        var text = string.Concat(Enumerable.Repeat("\u00e9", 16_380));

        Assert.Empty(ClusterErrors(("FastCgi:Params:A", text + "{header:X-A}")));
        Assert.Single(ClusterErrors(("FastCgi:Params:A", text + text + "{header:X-A}")));
    }

    [Fact]
    public void ReadRoute_OptionOfTheCluster_SaysWhereItBelongs()
    {
        var errors = new List<string>();

        FastCgiMetadata.ReadRoute(Metadata(("FastCgi:MaxConnections", "5")), errors);

        Assert.Equal(["'FastCgi:MaxConnections' ('5') describes connections and cannot stand on a route: set it on the cluster."], errors);
    }

    [Fact]
    public void ReadRoute_UnknownKey_SuggestsNoOptionOfTheCluster()
    {
        var errors = new List<string>();

        FastCgiMetadata.ReadRoute(Metadata(("FastCgi:MaxConnection", "5")), errors);

        Assert.Equal(["'FastCgi:MaxConnection' ('5') is not a known option."], errors);
    }

    [Fact]
    public void ReadCluster_KeysThatDifferByCaseOnly_AreRefused()
    {
        Assert.Equal(
            ["'fastcgi:keepalive' is set twice: keys that differ by case only are the same key."],
            ClusterErrors(("FastCgi:KeepAlive", "true"), ("fastcgi:keepalive", "true")));
        Assert.Equal(
            ["'FASTCGI:INDEX' is set twice: keys that differ by case only are the same key."],
            ClusterErrors(("FastCgi:Index", "a.php"), ("FASTCGI:INDEX", "b.php")));
        Assert.Equal(
            ["'FastCgi:index:00' ('b.php') sets the element 'FastCgi:Index:0' twice."],
            ClusterErrors(("FastCgi:Index:0", "a.php"), ("FastCgi:index:00", "b.php")));
        Assert.Equal(
            ["'fastcgi:params:A' ('2') is set twice."],
            ClusterErrors(("FastCgi:Params:A", "1"), ("fastcgi:params:A", "2")));
    }

    [Fact]
    public void ReadCluster_ValueAndListAtTheSameTime_AreRefused()
        => Assert.Equal(
            ["'FastCgi:Index' is 'a.php' and a list at the same time: keep one."],
            ClusterErrors(("FastCgi:Index", "a.php"), ("FastCgi:Index:0", "b.php")));

    [Fact]
    public void ReadRoute_EmptyValueBesideAList_IsTheList()
    {
        var errors = new List<string>();

        var options = FastCgiMetadata.ReadRoute(Metadata(("FastCgi:Index", ""), ("FastCgi:Index:0", "b.php")), errors);

        Assert.Empty(errors);
        Assert.Equal(["b.php"], options.Index);
    }

    [Fact]
    public void ReadRoute_NamesOfParamsThatDifferByCase_AreTwoParams()
    {
        var errors = new List<string>();

        var options = FastCgiMetadata.ReadRoute(Metadata(("FastCgi:Params:a", "1"), ("FASTCGI:PARAMS:A", "")), errors);

        Assert.Empty(errors);
        Assert.Equal(new Dictionary<string, string> { ["a"] = "1", ["A"] = "" }, options.Params);
    }

    [Fact]
    public void ReadCluster_SeveralErrors_ReportsAll()
        => Assert.Equal(3, ClusterErrors(("FastCgi:KeepAlive", "x"), ("FastCgi:QueueLimit", "x"), ("FastCgi:Xyz", "x")).Count);

    [Fact]
    public void ReadCluster_OtherMetadata_IsIgnored()
        => Assert.Empty(ClusterErrors(("FastCgiSomething", "x"), ("Transport", "fastcgi"), ("", "x")));

    private static List<string> ClusterErrors(params (string Key, string Value)[] metadata)
    {
        var errors = new List<string>();
        FastCgiMetadata.ReadCluster(Metadata(metadata), errors);
        return errors;
    }

    private static Dictionary<string, string> Metadata(params (string Key, string Value)[] metadata)
        => metadata.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
}
