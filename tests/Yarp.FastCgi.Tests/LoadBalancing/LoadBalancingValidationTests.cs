using Yarp.FastCgi.Tests.Configuration;

namespace Yarp.FastCgi.Tests.LoadBalancing;

public class LoadBalancingValidationTests
{
    [Theory]
    [InlineData("fastcgi", "unix:/run/app.sock")]
    [InlineData("http", "http://localhost")]
    public async Task Load_WrongSettingsOfAPolicy_AreErrors(string transport, string address)
    {
        var errors = await ProxyHost.LoadErrorsAsync($$"""
            {
              "ReverseProxy": {
                "Clusters": {
                  "app": {
                    "Transport": "{{transport}}",
                    "Metadata": { "IpHash.IPv4PrefixLength": "33", "IpHash.IPv6PrefixLength": "x" },
                    "Destinations": {
                      "a": { "Address": "{{address}}", "FastCgi": { "Weight": 0 } },
                      "b": { "Address": "{{address}}", "Metadata": { "Weight": "heavy" } },
                      "c": { "Address": "{{address}}", "Metadata": { "Weight": "2" }, "FastCgi": { "Weight": 3 } },
                      "d": { "Address": "{{address}}", "Metadata": { "Weight": "1000" }, "FastCgi": { "Weight": 1000 } }
                    }
                  }
                }
              }
            }
            """);

        string[] expected =
        [
            "Cluster 'app': 'IpHash.IPv4PrefixLength' is '33', but must be an integer from 0 to 32 (bits).",
            "Cluster 'app': 'IpHash.IPv6PrefixLength' is 'x', but must be an integer from 0 to 128 (bits).",
            "Cluster 'app': destination 'a': 'FastCgi:Weight' is '0', but must be an integer from 1 to 1000 (shares).",
            "Cluster 'app': destination 'b': 'Weight' is 'heavy', but must be an integer from 1 to 1000 (shares).",
            "Cluster 'app': destination 'c': 'FastCgi:Weight' and 'Weight' in Metadata differ ('2' and '3'): keep one.",
        ];
        Assert.Equal(expected, errors);
    }
}
