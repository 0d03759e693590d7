using System.Globalization;
using System.Runtime.InteropServices;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Interpreters.Native;

/// <summary>Who a process runs as and what it sees, where that is not the gateway's.</summary>
/// <param name="User">The number of the user; null leaves the gateway's.</param>
/// <param name="Group">The number of the group.</param>
/// <param name="Groups">The supplementary groups.</param>
/// <param name="Chroot">The root of its file system; null leaves the gateway's.</param>
internal sealed unsafe record ProcessIdentity(uint? User, uint Group, IReadOnlyList<uint> Groups, string? Chroot)
{
    private const int MaxBuffer = 1024 * 1024;
    private const int MaxGroups = 65536;

    /// <param name="user">The option User.</param>
    /// <param name="group">The option Group.</param>
    /// <param name="chroot">The option Chroot.</param>
    /// <param name="identity">Null when it is the gateway's own.</param>
    /// <param name="setting">The option that is wrong.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryFind(string? user, string? group, string? chroot, out ProcessIdentity? identity, out string setting, out string? error)
    {
        identity = null;
        (setting, error) = ("", null);
        uint? userId = null;
        var groupId = LibC.GetEffectiveGroup();
        IReadOnlyList<uint> groups = [];
        if (user is not null)
        {
            if (!TryFindUser(user, out var foundUser, out var usersGroup, out groups))
            {
                (setting, error) = (nameof(FastCgiInterpreterOptions.User), $"is {ControlCharacters.Quote(user)}, but this machine has no such user");
                return false;
            }

            (userId, groupId) = (foundUser, usersGroup);
        }

        if (group is not null)
        {
            if (!TryFindGroup(group, out groupId))
            {
                (setting, error) = (nameof(FastCgiInterpreterOptions.Group), $"is {ControlCharacters.Quote(group)}, but this machine has no such group");
                return false;
            }

            groups = [groupId];
        }

        if (chroot is not null || (userId ?? LibC.GetEffectiveUser()) != LibC.GetEffectiveUser() || groupId != LibC.GetEffectiveGroup())
        {
            identity = new ProcessIdentity(userId, groupId, groups.Count == 0 ? [groupId] : groups, chroot);
        }

        return true;
    }

    private static bool TryFindUser(string nameOrNumber, out uint user, out uint group, out IReadOnlyList<uint> groups)
    {
        var isNumber = uint.TryParse(nameOrNumber, NumberStyles.None, CultureInfo.InvariantCulture, out user);
        group = user;
        groups = [];
        for (var size = 4096; size <= MaxBuffer; size *= 4)
        {
            var buffer = (byte*)NativeMemory.Alloc((nuint)size);
            try
            {
                LibC.User entry;
                LibC.User* found = null;
                var error = isNumber ? LibC.FindUser(user, &entry, buffer, (nuint)size, &found) : LibC.FindUser(nameOrNumber, &entry, buffer, (nuint)size, &found);
                if (error == LibC.RangeError)
                {
                    continue;
                }

                if (found is not null)
                {
                    (user, group) = (found->Id, found->Group);
                    groups = ListGroups(found->Name, group);
                }

                // A number needs no name: containers run as users that no file knows.
                return found is not null || isNumber;
            }
            finally
            {
                NativeMemory.Free(buffer);
            }
        }

        return isNumber;
    }

    private static bool TryFindGroup(string nameOrNumber, out uint group)
    {
        if (uint.TryParse(nameOrNumber, NumberStyles.None, CultureInfo.InvariantCulture, out group))
        {
            return true;
        }

        for (var size = 4096; size <= MaxBuffer; size *= 4)
        {
            var buffer = (byte*)NativeMemory.Alloc((nuint)size);
            try
            {
                LibC.Group entry;
                LibC.Group* found = null;
                if (LibC.FindGroup(nameOrNumber, &entry, buffer, (nuint)size, &found) == LibC.RangeError)
                {
                    continue;
                }

                group = found is null ? 0 : found->Id;
                return found is not null;
            }
            finally
            {
                NativeMemory.Free(buffer);
            }
        }

        return false;
    }

    private static uint[] ListGroups(byte* name, uint group)
    {
        for (var capacity = 64; ; capacity *= 8)
        {
            var groups = new uint[capacity];
            var count = capacity;
            fixed (uint* first = groups)
            {
                if (LibC.ListGroups(name, group, first, &count) >= 0 || capacity >= MaxGroups)
                {
                    return groups[..Math.Min(count, capacity)];
                }
            }
        }
    }
}
