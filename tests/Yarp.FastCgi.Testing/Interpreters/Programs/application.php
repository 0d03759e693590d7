<?php
file_put_contents(__DIR__ . '/executed', $_SERVER['QUERY_STRING'] . "\n", FILE_APPEND | LOCK_EX);
header('Content-Type: text/plain');
echo getmypid(), ' ', $_SERVER['QUERY_STRING'];
