// The app the CDK deploys: two stacks, one with a file asset, the other with a reference to the first.
const { App, CfnOutput, Stack } = require("aws-cdk-lib");
const { Asset } = require("aws-cdk-lib/aws-s3-assets");
const { Queue } = require("aws-cdk-lib/aws-sqs");
const { StringParameter } = require("aws-cdk-lib/aws-ssm");

const app = new App({ analyticsReporting: false });
const env = { account: "012345678901", region: "eu-west-1" };
const store = new Stack(app, "Store", { env });
const asset = new Asset(store, "File", { path: "asset.txt" });
const rejected = new Queue(store, "Rejected");
new CfnOutput(store, "Key", { value: asset.s3ObjectKey });
const work = new Stack(app, "Work", { env });
const attempts = Number(app.node.tryGetContext("attempts") ?? 3);
new Queue(work, "Queue", { deadLetterQueue: { queue: rejected, maxReceiveCount: attempts } });
new StringParameter(work, "Attempts", { parameterName: "/judge/attempts", stringValue: String(attempts) });
app.synth();
