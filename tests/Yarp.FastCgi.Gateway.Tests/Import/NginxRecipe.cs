namespace Yarp.FastCgi.Gateway.Tests.Import;

/// <summary>What goes into a server block for an application, as its project documents it for nginx, and a made-up site to try it with.</summary>
/// <param name="Server">Directives; ROOT and SOCKET stand for the site's.</param>
/// <param name="Files">Files below the root; those with .php in their names are scripts.</param>
/// <param name="Targets">What is asked of nginx and of the gateway.</param>
public sealed record NginxRecipe(string Server, string[] Files, string[] Targets)
{
    /// <summary>What is deliberately not as in nginx, and what it is instead.</summary>
    public IReadOnlyDictionary<string, string> Differences { get; init; } = new Dictionary<string, string>();

    public static IReadOnlyDictionary<string, NginxRecipe> All { get; } = new Dictionary<string, NginxRecipe>
    {
        ["wordpress"] = new(
            """
            root ROOT;
            index index.php;
            location = /favicon.ico { log_not_found off; access_log off; }
            location = /robots.txt { allow all; log_not_found off; access_log off; }
            location ~ /\. { deny all; }
            location ~* /(?:uploads|files)/.*\.php$ { deny all; }
            location / {
                # What is no file is WordPress's.
                try_files $uri $uri/ /index.php?$args;
            }
            location ~ \.php$ {
                include fastcgi_params;
                fastcgi_intercept_errors on;
                fastcgi_pass unix:SOCKET;
                fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
                fastcgi_buffers 16 16k;
                fastcgi_buffer_size 32k;
            }
            location ~* \.(js|css|png|jpg|jpeg|gif|ico)$ { expires max; log_not_found off; }
            """,
            ["index.php", "wp-login.php", "wp-admin/index.php", "wp-content/uploads/a.png", "wp-content/uploads/evil.php", "wp-content/uploads/dir/index.php", "a.css", "docs/readme.txt", ".htaccess", "sub/.git/config"],
            [
                "/", "/hello/", "/2024/05/post?x=1", "/wp-login.php", "/wp-admin/", "/wp-admin", "/wp-content/uploads/a.png", "/wp-content/uploads/evil.php", "/wp-content/uploads/dir/", "/a.css", "/missing.css", "/missing.php",
                "/docs/readme.txt", "/.htaccess", "/sub/.git/config", "/robots.txt", "/favicon.ico", "/wp-content/uploads/missing.png", "/wp-content/uploads/missing", "/WP-LOGIN.php",
            ]),
        ["laravel"] = new(
            """
            root ROOT;
            add_header X-Frame-Options "SAMEORIGIN";
            add_header X-Content-Type-Options "nosniff";
            index index.php;
            charset utf-8;
            location / { try_files $uri $uri/ /index.php?$query_string; }
            location = /favicon.ico { access_log off; log_not_found off; }
            location = /robots.txt  { access_log off; log_not_found off; }
            error_page 404 /index.php;
            location ~ ^/index\.php(/|$) {
                fastcgi_pass unix:SOCKET;
                fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;
                include fastcgi_params;
                fastcgi_hide_header X-Powered-By;
            }
            location ~ /\.(?!well-known).* { deny all; }
            """,
            ["index.php", "build/app.js", "storage/a.png", ".env", ".well-known/security.txt", "robots.txt"],
            ["/", "/users/1", "/index.php", "/build/app.js", "/storage/a.png", "/.env", "/.well-known/security.txt", "/robots.txt", "/missing.png"]),
        ["symfony"] = new(
            """
            root ROOT;
            location / { try_files $uri /index.php$is_args$args; }
            location ~ ^/index\.php(/|$) {
                fastcgi_pass unix:SOCKET;
                fastcgi_split_path_info ^(.+\.php)(/.*)$;
                include fastcgi_params;
                fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;
                fastcgi_param DOCUMENT_ROOT $realpath_root;
                fastcgi_param APP_ENV prod;
                fastcgi_buffer_size 128k;
                fastcgi_buffers 4 256k;
                fastcgi_busy_buffers_size 256k;
                internal;
            }
            location ~ \.php$ { return 404; }
            error_log /dev/null;
            access_log off;
            """,
            ["index.php", "check.php", "bundles/a.css", "uploads/evil.php"],
            ["/", "/blog/post", "/index.php", "/index.php/blog", "/check.php", "/bundles/a.css", "/missing.css", "/uploads/evil.php", "/missing.php"]),
        ["drupal"] = new(
            """
            root ROOT;
            location = /favicon.ico { log_not_found off; access_log off; }
            location = /robots.txt { allow all; log_not_found off; access_log off; }
            location ~* \.(txt|log)$ { deny all; }
            location ~ \..*/.*\.php$ { return 403; }
            location ~ ^/sites/.*/private/ { return 403; }
            location ~ ^/sites/[^/]+/files/.*\.php$ { deny all; }
            location ~* ^/.well-known/ { allow all; }
            location ~ (^|/)\. { return 403; }
            location / { try_files $uri /index.php?$query_string; }
            location @rewrite { rewrite ^ /index.php; }
            location ~ /vendor/.*\.php$ { deny all; return 404; }
            location ~* \.(engine|inc|install|make|module|profile|po|sh|.*sql|theme|twig|tpl(\.php)?|xtmpl|yml)(~|\.sw[op]|\.bak|\.orig|\.save)?$ { deny all; return 404; }
            location ~ '\.php$|^/update.php' {
                fastcgi_split_path_info ^(.+?\.php)(|/.*)$;
                try_files $fastcgi_script_name =404;
                include fastcgi_params;
                fastcgi_param HTTP_PROXY "";
                fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
                fastcgi_param PATH_INFO $fastcgi_path_info;
                fastcgi_param QUERY_STRING $query_string;
                fastcgi_intercept_errors on;
                fastcgi_pass unix:SOCKET;
            }
            location ~* \.(js|css|png|jpg|jpeg|gif|ico|svg)$ { try_files $uri @rewrite; expires max; log_not_found off; }
            location ~ ^/sites/.*/files/styles/ { try_files $uri @rewrite; }
            location ~ ^(/[a-z\-]+)?/system/files/ { try_files $uri /index.php?$query_string; }
            if ($request_uri ~* "^(.*/)index\.php/(.*)") { return 307 $1$2; }
            """,
            [
                "index.php", "update.php", "core/install.php", "core/misc/a.js", "core/a.services.yml", "modules/x/x.module", "sites/default/files/a.png", "sites/default/files/evil.php", "sites/default/private/a.png",
                "sites/default/settings.php", "vendor/autoload.php", "notes.txt", ".htaccess",
            ],
            [
                "/", "/node/1", "/update.php", "/update.php/selection", "/core/install.php", "/core/misc/a.js", "/core/a.services.yml", "/modules/x/x.module", "/sites/default/files/a.png", "/sites/default/files/evil.php",
                "/sites/default/private/a.png", "/vendor/autoload.php", "/notes.txt", "/.htaccess", "/sites/default/files/styles/thumb/public/a.png", "/missing.css", "/missing.png", "/system/files/x", "/missing.php",
            ])
        {
            // nginx's try_files forgets the path info that was split before; PATH_INFO is what is behind the script here.
            Differences = new Dictionary<string, string> { ["/update.php/selection"] = "ran /update.php|/selection|" },
        },
        ["mediawiki"] = new(
            """
            root ROOT;
            client_max_body_size 5m;
            client_body_timeout 60;
            location ~ ^/w/(index|load|api|thumb|opensearch_desc|rest|img_auth)\.php$ {
                include fastcgi_params;
                fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
                fastcgi_pass unix:SOCKET;
            }
            location /w/images { }
            location /w/images/deleted { deny all; }
            location ~ ^/w/resources/(assets|lib|src) { try_files $uri =404; add_header Cache-Control "public"; expires 7d; }
            location ~ ^/w/(skins|extensions)/.+\.(css|js|gif|jpg|jpeg|png|svg|wasm|ttf|woff|woff2)$ { try_files $uri =404; add_header Cache-Control "public"; expires 7d; }
            location = /favicon.ico { alias ROOT/w/images/6/64/Favicon.ico; add_header Cache-Control "public"; expires 7d; }
            location ~ ^/w/(COPYING|CREDITS)$ { default_type text/plain; }
            location ~ ^/w/rest\.php(/|$) {
                include fastcgi_params;
                fastcgi_split_path_info ^(.+\.php)(/.*)$;
                fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
                fastcgi_param PATH_INFO $fastcgi_path_info;
                fastcgi_pass unix:SOCKET;
            }
            location /wiki/ { rewrite ^/wiki/(?<pagename>.*)$ /w/index.php; }
            location = / { return 301 /wiki/Main_Page; }
            location / { return 404; }
            """,
            [
                "w/index.php", "w/api.php", "w/rest.php", "w/LocalSettings.php", "w/includes/Setup.php", "w/images/a/b.png", "w/images/evil.php", "w/images/deleted/a.png", "w/images/6/64/Favicon.ico", "w/resources/lib/a.js",
                "w/skins/V/a.css", "w/skins/V/x.txt", "other.txt", "index.php",
            ],
            [
                "/", "/wiki/Main_Page", "/wiki/File:A.png", "/wiki/A/B", "/w/index.php?title=A", "/w/api.php?action=x", "/w/rest.php/v1/page", "/w/LocalSettings.php", "/w/includes/Setup.php", "/w/images/a/b.png",
                "/w/images/missing.png", "/w/images/deleted/a.png", "/favicon.ico", "/w/resources/lib/a.js", "/w/resources/lib/missing.js", "/w/skins/V/a.css", "/w/skins/V/x.txt", "/other.txt", "/index.php", "/w/", "/none",
            ]),
        ["nextcloud"] = new(
            """
            root ROOT;
            server_tokens off;
            client_max_body_size 512M;
            client_body_timeout 300s;
            fastcgi_buffers 64 4K;
            gzip on;
            gzip_vary on;
            add_header Referrer-Policy "no-referrer" always;
            add_header X-Content-Type-Options "nosniff" always;
            fastcgi_hide_header X-Powered-By;
            index index.php index.html /index.php$request_uri;
            location = / {
                if ( $http_user_agent ~ ^DavClnt ) { return 302 /remote.php/webdav/$is_args$args; }
            }
            location = /robots.txt { allow all; log_not_found off; access_log off; }
            location ^~ /.well-known {
                location = /.well-known/carddav { return 301 /remote.php/dav/; }
                location = /.well-known/caldav  { return 301 /remote.php/dav/; }
                location /.well-known/acme-challenge    { try_files $uri $uri/ =404; }
                location /.well-known/pki-validation    { try_files $uri $uri/ =404; }
                return 301 /index.php$request_uri;
            }
            location ~ ^/(?:build|tests|config|lib|3rdparty|templates|data)(?:$|/)  { return 404; }
            location ~ ^/(?:\.|autotest|occ|issue|indie|db_|console)                { return 404; }
            location ~ \.php(?:$|/) {
                rewrite ^/(?!index|remote|public|cron|core\/ajax\/update|status|ocs\/v[12]|updater\/.+|ocs-provider\/.+|.+\/richdocumentscode(_arm64)?\/proxy) /index.php$request_uri;
                fastcgi_split_path_info ^(.+?\.php)(/.*)$;
                set $path_info $fastcgi_path_info;
                try_files $fastcgi_script_name =404;
                include fastcgi_params;
                fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
                fastcgi_param PATH_INFO $path_info;
                fastcgi_param modHeadersAvailable true;
                fastcgi_param front_controller_active true;
                fastcgi_pass unix:SOCKET;
                fastcgi_intercept_errors on;
                fastcgi_request_buffering off;
                fastcgi_max_temp_file_size 0;
            }
            location ~ \.(?:css|js|mjs|svg|gif|ico|jpg|png|webp|wasm|tflite|map|ogg|flac)$ {
                try_files $uri /index.php$request_uri;
                add_header Cache-Control "public, max-age=15778463";
                access_log off;
            }
            location ~ \.(otf|woff2?)$ { try_files $uri /index.php$request_uri; expires 7d; access_log off; }
            location /remote { return 301 /remote.php$request_uri; }
            location / { try_files $uri $uri/ /index.php$request_uri; }
            """,
            ["index.php", "remote.php", "status.php", "ocs/v2.php", "core/js/a.js", "core/font.woff2", "config/config.php", "data/a.png", "lib/base.php", "occ", "apps/files/a.css", "robots.txt", ".well-known/acme-challenge/token"],
            [
                "/", "/login", "/apps/files/", "/index.php/apps/files", "/remote.php/dav/files/a", "/status.php", "/ocs/v2.php/cloud/user", "/core/js/a.js", "/core/font.woff2", "/config/config.php", "/config", "/data/a.png",
                "/lib/base.php", "/occ", "/apps/files/a.css", "/robots.txt", "/.well-known/carddav", "/.well-known/caldav", "/.well-known/webfinger", "/.well-known/acme-challenge/token", "/remote", "/remote/x?y",
                "/missing.css", "/missing/deep", "/.htaccess",
            ]),
    };
}
