server {
	listen 8080;
	server_name shop.example.com;
	root /srv/shop/public;
	index index.php;

	location / {
		try_files $uri /index.php?$args;
	}

	location ~ \.php$ {
		fastcgi_pass shop_fpm;
		fastcgi_keep_conn on;
		fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
		fastcgi_param QUERY_STRING $query_string;
		fastcgi_param REQUEST_METHOD $request_method;
		fastcgi_param CONTENT_TYPE $content_type;
		fastcgi_param CONTENT_LENGTH $content_length;
		fastcgi_param REQUEST_URI $request_uri;
		fastcgi_param DOCUMENT_URI $document_uri;
		fastcgi_param REMOTE_ADDR $remote_addr;
		fastcgi_param SERVER_NAME $server_name;
		fastcgi_connect_timeout 2s;
		fastcgi_read_timeout 30s;
		fastcgi_next_upstream error timeout;
		fastcgi_next_upstream_tries 2;
		fastcgi_next_upstream_timeout 10s;
	}
}
