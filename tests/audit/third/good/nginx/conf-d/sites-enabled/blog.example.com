server {
	listen 8080;
	server_name blog.example.com;
	location / {
		proxy_pass http://wordpress;
	}
	location = /xmlrpc.php {
		deny all;
	}
}
