<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
?>
<!doctype html>
<title>A page of PHP</title>
<link rel="stylesheet" href="/style.css">
<h1>Hello from <?= htmlspecialchars($_SERVER['SERVER_SOFTWARE']) ?></h1>
<p>You asked for <code><?= htmlspecialchars($path) ?></code>.</p>
