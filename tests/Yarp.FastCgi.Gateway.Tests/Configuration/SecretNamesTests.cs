using Yarp.FastCgi.Gateway.Configuration;

namespace Yarp.FastCgi.Gateway.Tests.Configuration;

public sealed class SecretNamesTests
{
    [Theory]
    [InlineData("Password")]
    [InlineData("DB_PASSWORD")]
    [InlineData("db-passwd")]
    [InlineData("MYSQL_PWD")]
    [InlineData("mysqli.default_pw")]
    [InlineData("APP_KEY")]
    [InlineData("LOGGED_IN_KEY")]
    [InlineData("NONCE_SALT")]
    [InlineData("AWS_SECRET_ACCESS_KEY")]
    [InlineData("apiKey")]
    [InlineData("api_key")]
    [InlineData("X-Api-Key")]
    [InlineData("apikey")]
    [InlineData("X-Auth-Token")]
    [InlineData("access_token")]
    [InlineData("Authorization")]
    [InlineData("Proxy-Authorization")]
    [InlineData("Set-Cookie")]
    [InlineData("clientSecret")]
    [InlineData("DB_PASS")]
    public void Contains_NameOfASecret_IsTrue(string name) => Assert.True(SecretNames.Contains(name));

    [Theory]
    [InlineData("")]
    [InlineData("_")]
    [InlineData("APP_ENV")]
    [InlineData("KeyPath")]
    [InlineData("CacheKey")]
    [InlineData("KeepAlive")]
    [InlineData("Monkey")]
    [InlineData("PassRequestHeaders")]
    [InlineData("DB_PASSWORD_FILE")]
    [InlineData("SESSION_COOKIE_NAME")]
    [InlineData("AuthorizationPolicy")]
    [InlineData("PassSocket")]
    [InlineData("DocumentRoot")]
    public void Contains_OtherName_IsFalse(string name) => Assert.False(SecretNames.Contains(name));
}
