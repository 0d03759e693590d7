using System.Runtime.InteropServices;
using System.Text;

namespace Yarp.FastCgi.Interpreters.Native;

/// <summary>One call of posix_spawn(3): program, arguments, environment, descriptors and directory.</summary>
internal sealed unsafe class SpawnRequest
{
    // posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t have at most 336 bytes, in glibc and in musl.
    private const int OpaqueSize = 1024;

    public required IReadOnlyList<string> Arguments { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Descriptors of the gateway, and the numbers that the program knows them by.</summary>
    public required IReadOnlyList<(int Descriptor, int Number)> Descriptors { get; init; }

    /// <summary>Null leaves the gateway's.</summary>
    public required string? WorkingDirectory { get; init; }

    /// <summary>Starts the program as the leader of a process group of its own, with no signal blocked or ignored.</summary>
    /// <param name="pid">Its process id.</param>
    /// <returns>An error number; 0 when it runs.</returns>
    public int Run(out int pid)
    {
        using var memory = new NativeTexts();
        var actions = memory.AllocateZeroed(OpaqueSize);
        var attributes = memory.AllocateZeroed(OpaqueSize);
        var signals = memory.AllocateZeroed(OpaqueSize);
        pid = 0;
        var error = LibC.InitFileActions(actions);
        if (error != 0)
        {
            return error;
        }

        error = LibC.InitAttributes(attributes);
        if (error == 0)
        {
            error = Describe(memory, actions, attributes, signals);
        }

        if (error == 0)
        {
            error = LibC.PosixSpawn(
                out pid,
                memory.Add(Arguments[0]),
                actions,
                attributes,
                memory.Add([.. Arguments]),
                memory.Add([.. Environment.Select(static variable => $"{variable.Key}={variable.Value}")]));
        }

        _ = LibC.DestroyFileActions(actions);
        _ = LibC.DestroyAttributes(attributes);
        return error;
    }

    /// <returns>An error number.</returns>
    private int Describe(NativeTexts memory, void* actions, void* attributes, void* signals)
    {
        var error = 0;
        foreach (var (descriptor, number) in Descriptors)
        {
            error = error != 0 ? error : LibC.AddDuplicate(actions, descriptor, number);
        }

        if (error == 0 && WorkingDirectory is not null)
        {
            try
            {
                error = LibC.AddChangeDirectory(actions, memory.Add(WorkingDirectory));
            }
            catch (EntryPointNotFoundException)
            {
                // glibc before 2.29.
                return LibC.NotImplemented;
            }
        }

        if (error != 0)
        {
            return error;
        }

        // The functions of signal sets fail for wrong arguments only, and so do those of attributes.
        _ = LibC.EmptySignalSet(signals);
        _ = LibC.SetAttributeSignalMask(attributes, signals);
        _ = LibC.FillSignalSet(signals);
        _ = LibC.SetAttributeSignalDefault(attributes, signals);
        _ = LibC.SetAttributeGroup(attributes, 0);
        return LibC.SetAttributeFlags(attributes, LibC.SpawnSetProcessGroup | LibC.SpawnSetSignalDefault | LibC.SpawnSetSignalMask);
    }

    /// <summary>Native memory that lives as long as the call.</summary>
    private sealed class NativeTexts : IDisposable
    {
        private readonly List<nint> _blocks = [];

        public void* AllocateZeroed(int size)
        {
            var block = NativeMemory.AllocZeroed((nuint)size);
            _blocks.Add((nint)block);
            return block;
        }

        public byte* Add(string text)
        {
            var size = Encoding.UTF8.GetByteCount(text);
            var block = (byte*)AllocateZeroed(size + 1);
            Encoding.UTF8.GetBytes(text, new Span<byte>(block, size));
            return block;
        }

        public byte** Add(string[] texts)
        {
            var array = (byte**)AllocateZeroed((texts.Length + 1) * sizeof(byte*));
            for (var i = 0; i < texts.Length; i++)
            {
                array[i] = Add(texts[i]);
            }

            return array;
        }

        public void Dispose()
        {
            foreach (var block in _blocks)
            {
                NativeMemory.Free((void*)block);
            }
        }
    }
}
