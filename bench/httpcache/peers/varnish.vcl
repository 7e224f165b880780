vcl 4.1;
# Varnish as it comes, but for methods: the suite speaks to its server through the cache by PUT.
backend default { .host = "127.0.0.1"; .port = "@ORIGIN@"; }
