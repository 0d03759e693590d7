# A FastCGI application on descriptor 0 with the gem fcgi.
require 'fcgi'

FCGI.each do |request|
  File.open(ENV['EXECUTED'], 'a') { |file| file.syswrite("#{request.env['QUERY_STRING']}\n") }
  request.out.print("Content-Type: text/plain\r\n\r\n#{Process.pid} #{request.env['QUERY_STRING']}")
  request.finish
end
