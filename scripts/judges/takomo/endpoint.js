// The AWS SDK of this age knows no AWS_ENDPOINT_URL, and takomo gives it an agent that speaks TLS only.
const AWS = require("aws-sdk");
AWS.config.update({ endpoint: process.env.AWS_ENDPOINT_URL, s3ForcePathStyle: true });
const handle = AWS.NodeHttpClient.prototype.handleRequest;
AWS.NodeHttpClient.prototype.handleRequest = function (request, options, ...rest) {
  return handle.call(this, request, { ...options, agent: undefined }, ...rest);
};
