/** Aliases of `--destination` whose path differs from the alias (04 §10). */
const renamed: Record<string, string> = {
  "serverless": "lambda/home#/applications",
  "fargate": "ecs",
  "documentdb": "docdb",
  "elb": "ec2/v2/home#LoadBalancers",
  "transitgateway": "vpc/home#TransitGateways",
  "privatelink": "vpc/home#Endpoints",
  "waf": "wafv2",
  "sso": "singlesignon",
  "directory": "directoryservicev2",
  "ssm": "systems-manager",
  "tag-editor": "resource-groups/tag-editor",
  "trusted-advisor": "trustedadvisor",
  "well-architected": "wellarchitected",
  "elasticsearch": "aos",
  "opensearch": "aos",
  "lake-formation": "lakeformation",
  "eventbridge": "events",
  "mq": "amazon-mq",
  "step-functions": "states",
  "migration-hub": "migrationhub",
  "application-discovery": "discovery",
  "server-migration": "servermigration",
  "cost-explorer": "cost-management/home#/cost-explorer",
  "budgets": "billing/home#/budgets",
  "iot-core": "iot",
  "iot-analytics": "iotanalytics",
  "iot-events": "iotevents",
  "appstream": "appstream2",
  "console": "console/home",
  "home": "console/home",
  "dashboard": "console/home",
};

/** Aliases that are their own path. */
const same = ("s3 efs fsx glacier backup ec2 lambda lightsail batch elasticbeanstalk ecs ecr eks " +
  "rds dynamodb elasticache neptune timestream keyspaces qldb memorydb vpc cloudfront route53 " +
  "apigateway directconnect globalaccelerator iam organizations cognito secretsmanager kms acm " +
  "shield guardduty inspector macie securityhub detective cloudwatch cloudtrail config " +
  "cloudformation servicecatalog systems-manager opsworks controltower license-manager " +
  "resource-groups codecommit codebuild codedeploy codepipeline codeartifact cloud9 xray athena " +
  "emr cloudsearch kinesis quicksight glue msk redshift sns sqs appflow dms datasync transfer " +
  "billing sagemaker rekognition textract comprehend translate polly transcribe lex personalize " +
  "forecast kendra bedrock greengrass workspaces worklink").split(" ");

/** Path of the console for an alias; undefined for unknown ones. Case and outer blanks don't matter. */
export function destinationPath(alias: string): string | undefined {
  const key = alias.trim().toLowerCase();
  if (Object.hasOwn(renamed, key)) return renamed[key];
  return same.includes(key) ? key : undefined;
}

/** All aliases, sorted: for completion and help. */
export function destinationAliases(): string[] {
  return [...same, ...Object.keys(renamed)].sort();
}
