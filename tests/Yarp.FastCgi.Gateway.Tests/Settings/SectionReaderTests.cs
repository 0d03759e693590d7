using Microsoft.Extensions.Configuration;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Tests.Settings;

public class SectionReaderTests
{
    private static readonly IntegerFormat Ports = new(1, 65535, "port");

    [Fact]
    public void Read_NotSet_GivesTheFallback()
    {
        var reader = Create();

        Assert.Equal(7, reader.Read("Port", Ports, fallback: 7));
        Assert.False(reader.TryRead("Other", Ports, out _));
        Assert.Equal([1, 2], reader.ReadList("Ports", Ports, fallback: [1, 2]));
        Assert.False(reader.Section("Inner").Exists);
        Assert.Empty(reader.NamedSections("Named"));
        reader.ThrowErrors();
    }

    [Fact]
    public void Read_Set_GivesTheValueWhateverTheCaseOfTheKey()
    {
        var reader = Create(("A:port", "8"), ("A:inner:Port", "9"), ("A:NAMED:x:Port", "10"));

        Assert.Equal(8, reader.Read("Port", Ports, fallback: 7));
        Assert.Equal(9, reader.Section("Inner").Read("Port", Ports, fallback: 7));
        var (name, section) = Assert.Single(reader.NamedSections("Named"));
        Assert.Equal("x", name);
        Assert.Equal(10, section.Read("Port", Ports, fallback: 7));
        reader.ThrowErrors();
    }

    [Fact]
    public void ReadList_ElementsSingleValueOrEmptyArray_GivesThem()
    {
        var reader = Create(("A:Many:0", "1"), ("A:Many:1", "2"), ("A:One", "3"), ("A:None", ""));

        Assert.Equal([1, 2], reader.ReadList("Many", Ports, fallback: []));
        Assert.Equal([3], reader.ReadList("One", Ports, fallback: []));
        Assert.Equal([], reader.ReadList("None", Ports, fallback: [1]));
        reader.ThrowErrors();
    }

    [Fact]
    public void ThrowErrors_Wrong_NamesEveryKeyAndValue()
    {
        var reader = Create(
            ("A:Port", "0"), ("A:Listen", "ftp://x"), ("A:List:0", "1"), ("A:List:x", "1"), ("A:List:1", "b"), ("A:Value:Inner", "1"), ("A:Section", "text"),
            ("A:Named:x:Prot", "1"), ("A:Stray:Deep", "1"));
        reader.Read("Port", Ports, fallback: 7);
        reader.Read<ListenAddress>("Listen", ListenAddress.TryParseManagement);
        Assert.Equal([1], reader.ReadList("List", Ports, fallback: []));
        reader.Read("Value", Ports, fallback: 7);
        reader.Section("Section").Read("Port", Ports, fallback: 7);
        reader.NamedSections("Named")[0].Value.Read("Port", Ports, fallback: 7);
        reader.Refuse("Port", "needs a host.");

        var errors = Assert.Throws<AggregateException>(reader.ThrowErrors).InnerExceptions.Select(error => error.Message);

        Assert.Equal(
            [
                "'A:Port' is '0', but must be an integer from 1 to 65535 (port).",
                "'A:Listen': 'ftp://x' is not an address of the management listener: use http://HOST:PORT",
                "'A:List:1' is 'b', but must be an integer from 1 to 65535 (port).",
                "'A:List:x' is not an element of a list: each must be an integer from 1 to 65535 (port).",
                "'A:Value' is a section or a list, but must be an integer from 1 to 65535 (port).",
                "'A:Section' is 'text', but must be a section with options of its own.",
                "'A:Port' needs a host.",
                "'A:Named:x:Prot' is not a known option: use Port.",
                "'A:Stray' is not a known option: use List, Listen, Named, Port, Section or Value.",
            ],
            errors);
    }

    private static SectionReader Create(params (string Key, string? Value)[] values)
        => new(new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Key, value.Value))).Build().GetSection("A"));
}
