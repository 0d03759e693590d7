// A real receiver of OTLP, by gRPC and by HTTP, on free ports of 127.0.0.1. It tells its addresses and then each span on a line of JSON.
const {MockOtlpServer} = require('@elastic/mockotlpserver');
const {jsonStringifyTrace} = require('@elastic/mockotlpserver/lib/normalize');

function onTrace(trace) {
    for (const resource of JSON.parse(jsonStringifyTrace(trace, {indent: 0, normAttributes: true})).resourceSpans) {
        const service = resource.resource.attributes['service.name'];
        for (const span of resource.scopeSpans.flatMap((scope) => scope.spans)) {
            console.log('span ' + JSON.stringify({...span, service}));
        }
    }
}

const server = new MockOtlpServer({
    logLevel: 'error',
    services: ['http', 'grpc'],
    httpHostname: '127.0.0.1',
    httpPort: 0,
    grpcHostname: '127.0.0.1',
    grpcPort: 0,
    onTrace,
});
server.start().then(() => console.log('listens ' + JSON.stringify({http: server.httpUrl, grpc: server.grpcUrl})));
