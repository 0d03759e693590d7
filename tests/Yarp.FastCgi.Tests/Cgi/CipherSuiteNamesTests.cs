using System.Text;
using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Tests.Cgi;

public class CipherSuiteNamesTests
{
    // The names as `openssl ciphers -stdname` pairs them.
    [Theory]
    [InlineData("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", 256)]
    [InlineData("TLS_AES_128_CCM_8_SHA256", "TLS_AES_128_CCM_8_SHA256", 128)]
    [InlineData("TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", 256)]
    [InlineData("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", 128)]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384", 256)]
    [InlineData("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305", 256)]
    [InlineData("TLS_DHE_RSA_WITH_AES_128_CCM_8", "DHE-RSA-AES128-CCM8", 128)]
    [InlineData("TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA", 256)]
    [InlineData("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA", 168)]
    [InlineData("4865", "4865", null)]
    public void Create_IanaName_GivesOpenSslsNameAndKeySize(string iana, string openSsl, int? keySize)
    {
        var name = CipherSuiteNames.Create(iana);

        Assert.Equal(openSsl, Encoding.ASCII.GetString(name.OpenSsl));
        Assert.Equal(keySize, name.KeySize);
    }
}
