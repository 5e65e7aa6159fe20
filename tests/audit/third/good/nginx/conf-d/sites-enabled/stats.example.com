server {
	listen 8080;
	server_name stats.example.com;
	location / {
		allow 10.0.0.0/8;
		deny all;
		proxy_pass http://matomo;
	}
	location = /matomo.php {
		proxy_pass http://matomo;
	}
}
