using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>The routes and clusters of all sites, as configuration that YARP loads like its own section, and that changes when the sites or a preset's file do.</summary>
internal sealed class SitesConfiguration : ConfigurationProvider, IConfigurationSource
{
    /// <summary>Where sites stand in the configuration.</summary>
    public const string Section = "Gateway:Sites";

    private readonly IConfiguration _configuration;
    private readonly RunDirectory _sockets;
    private readonly List<IDisposable> _watchers = [];
    private bool _isWatching;

    private SitesConfiguration(IConfiguration configuration, RunDirectory sockets)
    {
        _configuration = configuration;
        _sockets = sockets;
    }

    /// <param name="configuration">Has the section of the sites, or has it later.</param>
    /// <param name="sockets">Where to put the sockets of programs.</param>
    public static IConfigurationRoot Create(IConfiguration configuration, RunDirectory sockets)
        => new ConfigurationBuilder().Add(new SitesConfiguration(configuration, sockets)).Build();

    /// <summary>A site over its preset.</summary>
    /// <param name="section">The site.</param>
    /// <param name="errors">Receives what is wrong with the preset's name or file.</param>
    public static SiteTree Merge(IConfigurationSection section, ICollection<string> errors)
    {
        var site = SiteTree.Read(section);
        var merged = site;
        if (site[SiteKey.Preset] is { } preset)
        {
            if (PresetCatalog.TryRead(preset, out var tree, out var error))
            {
                merged = site.Over(tree);
            }
            else
            {
                errors.Add($"'{section.Path}:{SiteKey.Preset.Name}': {error}.");
            }
        }

        return merged[SiteKey.Root] is { } root ? merged.WithRoot(root.Length > 1 ? root.TrimEnd('/') : root) : merged;
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        // First, so that no change behind the reading is missed.
        Watch();
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var section in _configuration.GetSection(Section).GetChildren())
        {
            var errors = new List<string>();
            var site = Merge(section, errors);
            foreach (var (key, value) in new SiteExpansion(section.Key, site, section.Path, _sockets).Expand(errors))
            {
                data[key] = value;
            }
        }

        Data = data;
    }

    private void Watch()
    {
        if (!_isWatching)
        {
            _isWatching = true;
            ChangeToken.OnChange(_configuration.GetReloadToken, Reload);
        }

        foreach (var watcher in _watchers)
        {
            watcher.Dispose();
        }

        _watchers.Clear();
        foreach (var file in _configuration.GetSection(Section).GetChildren().Select(static site => site[SiteKey.Preset.Name]).OfType<string>().Where(PresetCatalog.IsFile).Distinct())
        {
            var path = Path.GetFullPath(file);
            if (Directory.Exists(Path.GetDirectoryName(path)))
            {
                var files = new PhysicalFileProvider(Path.GetDirectoryName(path)!);
                _watchers.Add(files);
                _watchers.Add(files.Watch(Path.GetFileName(path)).RegisterChangeCallback(static state => ((SitesConfiguration)state!).Reload(), this));
            }
        }
    }

    private void Reload()
    {
        lock (_watchers)
        {
            Load();
        }

        OnReload();
    }
}
