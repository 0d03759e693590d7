/* A FastCGI application on descriptor 0 with libfcgi. */
#include <fcgi_stdio.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    while (FCGI_Accept() >= 0)
    {
        char line[256];
        const char *query = getenv("QUERY_STRING");
        int executed = open(EXECUTED, O_WRONLY | O_APPEND | O_CREAT, 0666);
        snprintf(line, sizeof line, "%s\n", query ? query : "");
        if (executed < 0 || write(executed, line, strlen(line)) < 0)
            return 1;
        close(executed);
        printf("Content-Type: text/plain\r\n\r\n%d %s", (int)getpid(), query ? query : "");
    }
    return 0;
}
