namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>Makes an input small for which something fails: takes out what it fails without, then makes the rest plain.</summary>
internal static class Minimizer
{
    private const byte Plain = (byte)'0';

    /// <param name="input">An input that fails.</param>
    /// <param name="fails">Whether another input fails in the same way.</param>
    /// <param name="attempts">How many inputs are tried at most.</param>
    public static byte[] Minimize(byte[] input, Func<byte[], bool> fails, int attempts)
    {
        // Large blocks first; and all over again as long as something goes.
        for (var isSmaller = true; isSmaller && attempts > 0;)
        {
            isSmaller = false;
            for (var block = input.Length / 2; block > 0; block /= 2)
            {
                for (var start = 0; start < input.Length && attempts > 0;)
                {
                    byte[] smaller = [.. input[..start], .. input[Math.Min(input.Length, start + block)..]];
                    attempts--;
                    if (fails(smaller))
                    {
                        input = smaller;
                        isSmaller = true;
                    }
                    else
                    {
                        start += block;
                    }
                }
            }
        }

        for (var i = 0; i < input.Length && attempts > 0; i++)
        {
            if (input[i] == Plain)
            {
                continue;
            }

            var plainer = (byte[])input.Clone();
            plainer[i] = Plain;
            attempts--;
            if (fails(plainer))
            {
                input = plainer;
            }
        }

        return input;
    }
}
