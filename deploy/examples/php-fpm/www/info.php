<?php
header('Content-Type: text/plain');
foreach (['REQUEST_URI', 'SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING', 'SCRIPT_FILENAME'] as $name) {
    echo $name, '=', $_SERVER[$name] ?? '', "\n";
}
