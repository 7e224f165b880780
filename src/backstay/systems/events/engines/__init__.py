"""Where events go to other deployments, and come from: RabbitMQ, NATS JetStream, and what speaks Kafka."""
