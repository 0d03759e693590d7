using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Yarp.FastCgi.Cgi;

/// <summary>Names of certificates in the form of RFC 4514, last part first, as mod_ssl reports them: <c>CN=Ann\, Jr.,O=Example,C=DE</c>.</summary>
internal static class DistinguishedNameFormat
{
    public static string Format(X500DistinguishedName name)
    {
        var text = new StringBuilder();
        foreach (var part in name.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements || part.GetSingleElementValue() is not { } value)
            {
                // Parts of several values are rare; the platform's form, which quotes instead of escaping, is as clear.
                return name.Decode(X500DistinguishedNameFlags.Reversed | X500DistinguishedNameFlags.UseUTF8Encoding);
            }

            if (text.Length > 0)
            {
                text.Append(',');
            }

            text.Append(TypeName(part.GetSingleElementType().Value)).Append('=');
            AppendEscaped(text, value);
        }

        return text.ToString();
    }

    /// <summary>RFC 4514, section 2.4; control characters as <c>\0A</c>, so that the value stays one line.</summary>
    private static void AppendEscaped(StringBuilder text, string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsControl(c))
            {
                foreach (var octet in Encoding.UTF8.GetBytes([c]))
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\{octet:X2}");
                }

                continue;
            }

            var isAtAnEdge = i == 0 || i == value.Length - 1;
            if (c is '"' or '+' or ',' or ';' or '<' or '>' or '\\' || (c == ' ' && isAtAnEdge) || (c == '#' && i == 0))
            {
                text.Append('\\');
            }

            text.Append(c);
        }
    }

    // The short names of OpenSSL for the types that certificates have.
    private static string? TypeName(string? oid) => oid switch
    {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "street",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "GN",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => oid,
    };
}
