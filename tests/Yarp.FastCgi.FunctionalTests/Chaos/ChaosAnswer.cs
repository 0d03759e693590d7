using System.Security.Cryptography;
using System.Text;

namespace Yarp.FastCgi.FunctionalTests.Chaos;

/// <summary>The one right answer to each request: what it was asked with, and bytes that belong to its id alone.</summary>
internal static class ChaosAnswer
{
    /// <summary>The same for a PHP application.</summary>
    public const string Php = """
        <?php
        header('Content-Type: application/octet-stream');
        if ($_SERVER['REQUEST_METHOD'] === 'POST') { file_put_contents('SCRATCH/' . $_GET['id'], 'x', FILE_APPEND); }
        $line = $_GET['id'] . ' ' . strtoupper(hash('sha256', file_get_contents('php://input'))) . "\n";
        $answer = str_repeat($line, (int)($_GET['size'] / strlen($line)) + 1);
        header('Content-Length: ' . strlen($answer));
        echo $answer;
        """;

    public static byte[] Create(string id, int size, ReadOnlySpan<byte> requestBody)
    {
        var line = $"{id} {Convert.ToHexString(SHA256.HashData(requestBody))}\n";
        return Encoding.ASCII.GetBytes(new StringBuilder().Insert(0, line, (size / line.Length) + 1).ToString());
    }
}
